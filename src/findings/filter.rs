//! Wireshark display filters. Numbers of streams change when captures are merged; addresses, ports and
//! the frames of the evidence do not.

use super::flow_record::FlowRecord;
use crate::frame::FrameNumber;
use std::fmt::Write;

impl FlowRecord {
    /// A Wireshark display filter that shows the flow, without other lives of its ports.
    pub fn display_filter(&self) -> String {
        display_filter(self, &[self.first_frame, self.last_frame])
    }
}

/// Shows the flow from the first to the last frame of the evidence; to its end when the evidence has one
/// frame only.
pub(super) fn display_filter(flow: &FlowRecord, frames: &[FrameNumber]) -> String {
    let (a, b) = (flow.initiator, flow.responder);
    let field = if a.addr.is_ipv4() { "ip.addr" } else { "ipv6.addr" };
    let mut filter = format!(
        "({field}=={} && {field}=={} && tcp.port=={} && tcp.port=={}",
        a.addr, b.addr, a.port, b.port
    );
    let (first, last) = (frames.iter().min(), frames.iter().max());
    if let Some(first) = first {
        // Writing to a String cannot fail.
        let _ = write!(filter, " && frame.number>={first}");
    }
    if let Some(last) = last.filter(|last| Some(*last) != first) {
        let _ = write!(filter, " && frame.number<={last}");
    }
    filter.push(')');
    filter
}

#[cfg(test)]
mod tests {
    use super::super::rules::scenario::flow_between;
    use super::*;

    #[test]
    fn ipv4_and_ipv6_flows_are_found_by_their_own_fields() {
        let flow = flow_between("10.0.0.1:40000", "10.0.0.2:443");
        assert_eq!(
            display_filter(&flow, &[FrameNumber(812), FrameNumber(901)]),
            "(ip.addr==10.0.0.1 && ip.addr==10.0.0.2 && tcp.port==40000 && tcp.port==443 && \
             frame.number>=812 && frame.number<=901)"
        );
        let flow = flow_between("[2001:db8::1]:40000", "[2001:db8::2]:443");
        assert_eq!(
            display_filter(&flow, &[FrameNumber(7)]),
            "(ipv6.addr==2001:db8::1 && ipv6.addr==2001:db8::2 && tcp.port==40000 && tcp.port==443 && \
             frame.number>=7)"
        );
    }
}
