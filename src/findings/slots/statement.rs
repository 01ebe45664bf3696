//! A client that ran out of slots, in sentences.

use super::use_of_slots::{LimitBasis, SlotUse};
use crate::findings::finding::{Finding, FlowGroup};
use crate::findings::phrase::{self, listed};
use crate::findings::remedy::{Knob, Remedy};
use crate::findings::rule::Rule;
use crate::findings::terms::Terms;
use crate::policy::{Expiry, Hop};
use crate::time::{Span, Timestamp};

/// Microsoft KB 917936, hotfix 919012: the value that its article sets.
const ISA_KEEPALIVE_TIMEOUT: Span = Span::from_secs(5400);

/// The finding; `None`: no slot is held by a connection that nobody uses, so idling is not what fills them.
pub(super) fn tell(terms: &Terms, used: &SlotUse) -> Option<Finding> {
    if used.silent == 0 {
        return None;
    }
    Some(Finding {
        rule: Rule::SlotExhaustion,
        severity: used.certainty.weigh(Rule::SlotExhaustion),
        certainty: used.certainty,
        flow: None,
        group: Some(FlowGroup {
            client: Some(used.client),
            service: Some(used.service.endpoint),
            flows: used.flows.clone(),
            total: used.silent,
        }),
        hop: None,
        gap: None,
        frames: used.frames.clone(),
        at: Some(used.refused.first.map_or(used.reached.at, |mark| mark.at)),
        summary: summary(terms, used),
        remedy: remedy(terms, used),
        display_filter: display_filter(used),
    })
}

fn summary(terms: &Terms, used: &SlotUse) -> String {
    let service = used.service.endpoint;
    let limit = match used.basis {
        LimitBasis::Stated => format!("all {} connections that {service} allows", used.limit),
        LimitBasis::Inferred => format!("{} connections, about what {service} seems to allow", used.limit),
    };
    let mut text = format!("{} held {limit} one client (frame {})", used.client, used.reached.frame);
    let since = used.silent_since.map_or(String::new(), |(first, last)| match last.since(first) {
        Span::ZERO => format!(", since {}", phrase::clock(first)),
        _ => format!(", since {} at the latest", phrase::clock(last)),
    });
    let which = match used.silent {
        1 => "one of them a socket".to_owned(),
        silent if silent == used.limit => "all of them sockets".to_owned(),
        silent => format!("{silent} of them sockets"),
    };
    text.push_str(&format!(", {which} that the client never used again{since}"));
    match (used.refused.first, used.refused.last) {
        (Some(first), Some(last)) => text.push_str(&format!("; {}", refused(used, first, last))),
        _ => text.push_str("; nothing more was tried in this capture"),
    }
    if used.basis == LimitBasis::Inferred {
        text.push_str(", at no other count of connections");
    }
    text.push_str("; ");
    text.push_str(&release(terms, used));
    text
}

fn refused(used: &SlotUse, first: super::Mark, last: super::Mark) -> String {
    let refused = &used.refused;
    let kinds = [
        (refused.reset_at_once, "accepted and reset at once"),
        (refused.refused, "refused"),
        (refused.unanswered, "left unanswered"),
    ];
    let kinds: Vec<String> = kinds
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(
            |(count, what)| {
                if *count == refused.total() { (*what).to_owned() } else { format!("{count} {what}") }
            },
        )
        .collect();
    match refused.total() {
        1 => format!(
            "1 further attempt was {} at {} (frame {})",
            listed(&kinds),
            phrase::clock(first.at),
            first.frame
        ),
        many => format!(
            "{many} further attempts from {} to {} (frames {} to {}) were {}",
            phrase::clock(first.at),
            phrase::clock(last.at),
            first.frame,
            last.frame,
            listed(&kinds)
        ),
    }
}

/// When slots came free, or would.
fn release(terms: &Terms, used: &SlotUse) -> String {
    let released = &used.released;
    let mut text = match (released.first, released.last) {
        (Some(first), Some(last)) => {
            let kinds = [
                (released.keepalive, "the server's keepalive gave up"),
                (released.server_reset, "the server reset them"),
                (released.fin, "they were closed"),
                (released.client_reset, "the client reset them"),
                (released.replaced, "the client took their ports again"),
            ];
            let several = kinds.iter().filter(|(count, _)| *count > 0).count() > 1;
            let kinds: Vec<String> = kinds
                .iter()
                .filter(|(count, _)| *count > 0)
                .map(|(count, what)| if several { format!("{what} ({count})") } else { (*what).to_owned() })
                .collect();
            let until = match last.at.since(first.at).as_secs() {
                0 => String::new(),
                _ => format!(" to {}", phrase::clock(last.at)),
            };
            format!(
                "{} came free from {}{until} (frame {}), when {}",
                slots(released.total()),
                phrase::clock(first.at),
                first.frame,
                listed(&kinds)
            )
        }
        _ => "none came free while the capture lasted".to_owned(),
    };
    match used.succeeded {
        Some(mark) => text.push_str(&format!(", and the next attempt succeeded (frame {})", mark.frame)),
        None if released.first.is_some() => {}
        None => text.push_str(&prospects(terms, used)),
    }
    text
}

/// When the silent sockets will be let go of, by whom.
fn prospects(terms: &Terms, used: &SlotUse) -> String {
    let Some((first, last)) = used.silent_since else { return String::new() };
    let path = terms.routes.path_of(terms.routes.route(used.service.endpoint, used.service.realm));
    let mut ways: Vec<String> = path
        .hops
        .iter()
        .filter(|hop| hop.timers.established != Span::MAX)
        .map(|hop| {
            let limit = hop.timers.established;
            let deed = match hop.expiry {
                Expiry::Drop | Expiry::ResetOnNext => ", without telling the server",
                Expiry::ResetBoth | Expiry::Close => "",
            };
            format!(
                "{} lets go of them {}{deed} (its limit is {limit})",
                hop.name,
                between(first, last, limit)
            )
        })
        .collect();
    // It is the server whose sockets stay behind.
    let of_server = path.by_end.map(|ends| ends.responder).or(path.keepalive);
    if let Some(keepalive) = of_server.filter(|keepalive| !keepalive.is_off()) {
        let when = between(first, last, keepalive.period());
        ways.push(format!(
            "keepalive of {keepalive}, if the server's sockets have it, would free them {when}"
        ));
    } else {
        ways.push("without keepalive on the server nothing else ever frees them".to_owned());
    }
    format!(": {}", listed(&ways))
}

fn between(first: Timestamp, last: Timestamp, after: Span) -> String {
    match last.since(first).as_secs() {
        0 => format!("at {}", phrase::clock(first + after)),
        _ => format!("from {} to {}", phrase::clock(first + after), phrase::clock(last + after)),
    }
}

fn slots(count: u64) -> String {
    if count == 1 { "1 slot".to_owned() } else { format!("{count} slots") }
}

fn remedy(terms: &Terms, used: &SlotUse) -> Remedy {
    let mut step = format!(
        "Let clients close what they do not use, and raise the limit of {} only if more are used at once.",
        used.limit
    );
    if terms.path.hops.iter().any(is_isa) {
        step.push_str(&format!(
            " ISA Server: with hotfix 919012 and KeepAliveTimeout = {} it frees them {} after the last packet, not 24h \
             (Microsoft KB 917936).",
            ISA_KEEPALIVE_TIMEOUT.as_secs(),
            ISA_KEEPALIVE_TIMEOUT.times(2)
        ));
    }
    Remedy::set([Knob::Keepalive]).and(step)
}

fn is_isa(hop: &Hop) -> bool {
    hop.preset == Some("ms-isa-nat")
}

fn display_filter(used: &SlotUse) -> String {
    let service = used.service.endpoint;
    let field = if used.client.is_ipv4() { "ip.addr" } else { "ipv6.addr" };
    format!("({field}=={} && {field}=={} && tcp.port=={})", used.client, service.addr, service.port)
}
