//! ISA Server's own keepalive of the connections that it relays (Microsoft KB 917936).

use super::context::{Context, Draft, snippet};
use super::{Group, Kind, Target, Write};
use crate::advice::block::{Language, Source};
use crate::time::Span;

pub(super) const ISA: &[Target] = &[Target {
    id: "isa",
    title: "ISA Server 2004/2006, vendor parameter KeepAliveTimeout",
    group: Group::Boxes,
    presets: &["ms-isa-nat", "ms-isa-nat-hotfix"],
    kind: Kind::Timeout,
    sources: &[
        Source::seen(
            "Microsoft KB 917936 rev 2.1 (2007-12-04): hotfix 919012, parameter set, protocol definitions, T, T/5, 2 T",
        ),
        Source::restated(
            "Microsoft scripts for vendor parameters of other hotfixes (982550): objects of the script",
        ),
    ],
    write: Write::Code(isa),
}];

/// What KB 917936 sets: 90 minutes.
const USUAL: Span = Span::from_secs(5400);

fn isa(context: &Context) -> Draft {
    // Its probes must keep the other boxes too; its own limit follows from the parameter.
    let others = context.plan.hops.iter().filter(|hop| {
        hop.counts_packets && hop.preset.is_none_or(|preset| !ISA[0].presets.contains(&preset))
    });
    let shortest = others.map(|hop| hop.now.min(hop.to)).min().unwrap_or(Span::MAX);
    // T plus five probes, all before the shortest other limit.
    let timeout = Span::from_secs(USUAL.min(shortest.divided_by(2)).as_secs().max(1));
    let script = format!(
        concat!(
            "Option Explicit\n",
            "Const ParameterSet = \"{{80ad2d9c-725e-4fcd-a1d4-32c8042c774f}}\"\n",
            "Const Seconds = {seconds}\n",
            "\n",
            "Dim definitions, name\n",
            "Set definitions = CreateObject(\"FPC.Root\").GetContainingArray.RuleElements.ProtocolDefinitions\n",
            "For Each name In Array(\"Exchange RPC Server\", \"RPC (all interfaces)\")\n",
            "    SetTimeout definitions.Item(name).VendorParametersSets\n",
            "    WScript.Echo name & \": KeepAliveTimeout = \" & Seconds\n",
            "Next\n",
            "\n",
            "Sub SetTimeout(sets)\n",
            "    Dim parameters\n",
            "    On Error Resume Next\n",
            "    Set parameters = sets.Item(ParameterSet)\n",
            "    If Err.Number <> 0 Then\n",
            "        Err.Clear\n",
            "        Set parameters = sets.Add(ParameterSet)\n",
            "    End If\n",
            "    On Error GoTo 0\n",
            "    parameters.Value(\"KeepAliveTimeout\") = Seconds\n",
            "    sets.Save False, True\n",
            "End Sub\n",
        ),
        seconds = timeout.as_secs(),
    );
    Draft {
        changes: format!(
            "ISA probes both ends after {timeout} of silence, then every {}, and drops the connection {} after \
             its last packet: a dead socket holds its slot for that long, not for 24 hours.",
            timeout.divided_by(5),
            timeout.times(2)
        ),
        settings: vec![snippet("keepalive.vbs, on the ISA server", Language::VbScript, script)],
        apply: "Install hotfix 919012 (or a later service pack), then: cscript //nologo keepalive.vbs. Whether \
                the firewall service must be restarted is not stated in what was read; a restart ends all \
                connections.",
        check: "A capture between ISA and the clients shows its probes: idlescope analyze FILE --hop \
                ms-isa-nat-hotfix.",
        mind: vec![
            "Without the hotfix the parameter does nothing, and idle connections are kept for 24 hours."
                .to_owned(),
            "2 T holds while TcpMaxDataRetransmissions of the ISA server is at its default, 5.".to_owned(),
            "It is set on these two protocol definitions; other protocols need it on theirs.".to_owned(),
        ],
    }
}
