//! Names of link types, and what each of them carries, for messages.
//!
//! The list is that of libpcap (<https://www.tcpdump.org/linktypes.html>), the names those of tcpdump. Which of them are
//! read is for [`crate::decode`] to say.

use super::LinkType;
use std::fmt;

/// Number, name and what it is, in the order of the numbers.
const KNOWN: &[(u32, &str, &str)] = &[
    (0, "NULL", "BSD loopback"),
    (1, "EN10MB", "Ethernet"),
    (2, "EN3MB", "experimental Ethernet of 3 Mbit/s"),
    (3, "AX25", "amateur radio (AX.25)"),
    (4, "PRONET", "ProNET token ring"),
    (5, "CHAOS", "Chaosnet"),
    (6, "IEEE802", "token ring"),
    (7, "ARCNET", "ARCNET, as BSD has it"),
    (8, "SLIP", "SLIP"),
    (9, "PPP", "PPP"),
    (10, "FDDI", "FDDI"),
    (11, "ATM_RFC1483", "ATM with LLC, under its number in old files"),
    (12, "RAW", "raw IP, under its number inside most systems"),
    (13, "SLIP_BSDOS", "SLIP of BSD/OS, under its number in old files"),
    (14, "RAW", "raw IP, under its number inside OpenBSD"),
    (19, "ATM_CLIP", "Classical IP over ATM, under its number inside Linux"),
    (32, "REDBACK_SMARTEDGE", "Redback SmartEdge router"),
    (50, "PPP_SERIAL", "PPP on a serial line"),
    (51, "PPP_ETHER", "PPPoE session"),
    (99, "SYMANTEC_FIREWALL", "Symantec Enterprise Firewall"),
    (100, "ATM_RFC1483", "ATM with LLC (RFC 2684)"),
    (101, "RAW", "raw IP"),
    (102, "SLIP_BSDOS", "SLIP of BSD/OS"),
    (103, "PPP_BSDOS", "PPP of BSD/OS"),
    (104, "C_HDLC", "Cisco HDLC"),
    (105, "IEEE802_11", "802.11"),
    (106, "ATM_CLIP", "Classical IP over ATM"),
    (107, "FRELAY", "Frame Relay"),
    (108, "LOOP", "OpenBSD loopback"),
    (109, "ENC", "OpenBSD enc interface"),
    (110, "LANE8023", "ATM LAN emulation"),
    (111, "HIPPI", "HIPPI"),
    (112, "HDLC", "NetBSD HDLC"),
    (113, "LINUX_SLL", "Linux cooked capture"),
    (114, "LTALK", "LocalTalk"),
    (115, "ECONET", "Acorn Econet"),
    (116, "IPFILTER", "IP Filter log"),
    (117, "PFLOG", "packet filter log"),
    (118, "CISCO_IOS", "for use inside Cisco"),
    (119, "PRISM_HEADER", "802.11 with Prism header"),
    (120, "AIRONET_HEADER", "802.11 with Aironet header"),
    (121, "HHDLC", "Siemens HiPath HDLC"),
    (122, "IP_OVER_FC", "IP over Fibre Channel"),
    (123, "SUNATM", "SunATM"),
    (124, "RIO", "RapidIO"),
    (125, "PCI_EXP", "PCI Express"),
    (126, "AURORA", "Xilinx Aurora"),
    (127, "IEEE802_11_RADIO", "802.11 with radiotap header"),
    (128, "TZSP", "Tazmen sniffer protocol"),
    (129, "ARCNET_LINUX", "ARCNET, as Linux has it"),
    (130, "JUNIPER_MLPPP", "Juniper router, multilink PPP"),
    (131, "JUNIPER_MLFR", "Juniper router, multilink Frame Relay"),
    (132, "JUNIPER_ES", "Juniper router, encryption services"),
    (133, "JUNIPER_GGSN", "Juniper router, GGSN"),
    (134, "JUNIPER_MFR", "Juniper router, multilink Frame Relay (FRF.16)"),
    (135, "JUNIPER_ATM2", "Juniper router, ATM2"),
    (136, "JUNIPER_SERVICES", "Juniper router, services"),
    (137, "JUNIPER_ATM1", "Juniper router, ATM1"),
    (138, "APPLE_IP_OVER_IEEE1394", "IP over FireWire"),
    (139, "MTP2_WITH_PHDR", "telephone signalling (SS7)"),
    (140, "MTP2", "telephone signalling (SS7)"),
    (141, "MTP3", "telephone signalling (SS7)"),
    (142, "SCCP", "telephone signalling (SS7)"),
    (143, "DOCSIS", "cable modem (DOCSIS)"),
    (144, "LINUX_IRDA", "infrared"),
    (145, "IBM_SP", "IBM SP switch"),
    (146, "IBM_SN", "IBM Next Federation switch"),
    (147, "USER0", "private use"),
    (148, "USER1", "private use"),
    (149, "USER2", "private use"),
    (150, "USER3", "private use"),
    (151, "USER4", "private use"),
    (152, "USER5", "private use"),
    (153, "USER6", "private use"),
    (154, "USER7", "private use"),
    (155, "USER8", "private use"),
    (156, "USER9", "private use"),
    (157, "USER10", "private use"),
    (158, "USER11", "private use"),
    (159, "USER12", "private use"),
    (160, "USER13", "private use"),
    (161, "USER14", "private use"),
    (162, "USER15", "private use"),
    (163, "IEEE802_11_RADIO_AVS", "802.11 with AVS header"),
    (164, "JUNIPER_MONITOR", "Juniper router, passive monitor"),
    (165, "BACNET_MS_TP", "building automation (BACnet)"),
    (166, "PPP_PPPD", "PPP with direction, of pppd"),
    (167, "JUNIPER_PPPOE", "Juniper router, PPPoE"),
    (168, "JUNIPER_PPPOE_ATM", "Juniper router, PPPoE over ATM"),
    (169, "GPRS_LLC", "mobile telephony (GPRS)"),
    (170, "GPF_T", "generic framing procedure"),
    (171, "GPF_F", "generic framing procedure"),
    (172, "GCOM_T1E1", "Gcom T1/E1 monitor"),
    (173, "GCOM_SERIAL", "Gcom serial monitor"),
    (174, "JUNIPER_PIC_PEER", "Juniper router, between its cards"),
    (175, "ERF_ETH", "Endace ERF with Ethernet"),
    (176, "ERF_POS", "Endace ERF with packets over SONET"),
    (177, "LINUX_LAPD", "ISDN"),
    (178, "JUNIPER_ETHER", "Juniper router, Ethernet"),
    (179, "JUNIPER_PPP", "Juniper router, PPP"),
    (180, "JUNIPER_FRELAY", "Juniper router, Frame Relay"),
    (181, "JUNIPER_CHDLC", "Juniper router, Cisco HDLC"),
    (182, "MFR", "multilink Frame Relay (FRF.16)"),
    (183, "JUNIPER_VP", "Juniper router, voice"),
    (184, "A429", "avionics (ARINC 429)"),
    (185, "A653_ICM", "avionics (ARINC 653)"),
    (186, "USB_FREEBSD", "USB"),
    (187, "BLUETOOTH_HCI_H4", "Bluetooth"),
    (188, "IEEE802_16_MAC_CPS", "WiMAX"),
    (189, "USB_LINUX", "USB"),
    (190, "CAN20B", "CAN bus"),
    (191, "IEEE802_15_4_LINUX", "802.15.4 (Zigbee, Thread)"),
    (192, "PPI", "per-packet information"),
    (193, "IEEE802_16_MAC_CPS_RADIO", "WiMAX"),
    (194, "JUNIPER_ISM", "Juniper router, service module"),
    (195, "IEEE802_15_4", "802.15.4 (Zigbee, Thread)"),
    (196, "SITA", "SITA airport network"),
    (197, "ERF", "Endace ERF"),
    (198, "RAIF1", "Ethernet with a header of u10 Networks"),
    (199, "IPMB_KONTRON", "board management (IPMB)"),
    (200, "JUNIPER_ST", "Juniper router, secure tunnel"),
    (201, "BLUETOOTH_HCI_H4_WITH_PHDR", "Bluetooth"),
    (202, "AX25_KISS", "amateur radio (AX.25) with KISS header"),
    (203, "LAPD", "ISDN"),
    (204, "PPP_WITH_DIRECTION", "PPP with direction"),
    (205, "C_HDLC_WITH_DIRECTION", "Cisco HDLC with direction"),
    (206, "FRELAY_WITH_DIRECTION", "Frame Relay with direction"),
    (207, "LAPB_WITH_DIRECTION", "X.25 with direction"),
    (209, "I2C_LINUX", "I2C bus"),
    (210, "FLEXRAY", "vehicle bus (FlexRay)"),
    (211, "MOST", "vehicle bus (MOST)"),
    (212, "LIN", "vehicle bus (LIN)"),
    (213, "X2E_SERIAL", "serial line of an X2E logger"),
    (214, "X2E_XORAYA", "X2E Xoraya logger"),
    (215, "IEEE802_15_4_NONASK_PHY", "802.15.4 (Zigbee, Thread)"),
    (216, "LINUX_EVDEV", "keyboards and other input devices"),
    (217, "GSMTAP_UM", "mobile telephony (GSM)"),
    (218, "GSMTAP_ABIS", "mobile telephony (GSM)"),
    (219, "MPLS", "MPLS"),
    (220, "USB_LINUX_MMAPPED", "USB"),
    (221, "DECT", "cordless telephony (DECT)"),
    (222, "AOS", "space data link"),
    (223, "WIHART", "WirelessHART"),
    (224, "FC_2", "Fibre Channel"),
    (225, "FC_2_WITH_FRAME_DELIMS", "Fibre Channel"),
    (226, "IPNET", "Solaris ipnet"),
    (227, "CAN_SOCKETCAN", "CAN bus"),
    (228, "IPV4", "raw IPv4"),
    (229, "IPV6", "raw IPv6"),
    (230, "IEEE802_15_4_NOFCS", "802.15.4 (Zigbee, Thread)"),
    (231, "DBUS", "D-Bus messages"),
    (232, "JUNIPER_VS", "Juniper router, virtual server"),
    (233, "JUNIPER_SRX_E2E", "Juniper SRX firewall, flow trace"),
    (234, "JUNIPER_FIBRECHANNEL", "Juniper router, Fibre Channel"),
    (235, "DVB_CI", "television decoder (DVB-CI)"),
    (236, "MUX27010", "modem multiplexing"),
    (237, "STANAG_5066_D_PDU", "military radio (STANAG 5066)"),
    (238, "JUNIPER_ATM_CEMIC", "Juniper router, ATM"),
    (239, "NFLOG", "Linux netfilter log"),
    (240, "NETANALYZER", "Ethernet of a Hilscher netANALYZER"),
    (241, "NETANALYZER_TRANSPARENT", "Ethernet of a Hilscher netANALYZER, with preamble"),
    (242, "IPOIB", "IP over InfiniBand"),
    (243, "MPEG_2_TS", "television (MPEG-2)"),
    (244, "NG40", "mobile telephony (UMTS tester)"),
    (245, "NFC_LLCP", "near-field communication"),
    (246, "PFSYNC", "packet filter state synchronisation"),
    (247, "INFINIBAND", "InfiniBand"),
    (248, "SCTP", "SCTP without IP"),
    (249, "USBPCAP", "USB"),
    (250, "RTAC_SERIAL", "serial line of an RTAC controller"),
    (251, "BLUETOOTH_LE_LL", "Bluetooth"),
    (252, "WIRESHARK_UPPER_PDU", "PDUs exported from Wireshark"),
    (253, "NETLINK", "Linux netlink"),
    (254, "BLUETOOTH_LINUX_MONITOR", "Bluetooth"),
    (255, "BLUETOOTH_BREDR_BB", "Bluetooth"),
    (256, "BLUETOOTH_LE_LL_WITH_PHDR", "Bluetooth"),
    (257, "PROFIBUS_DL", "field bus (PROFIBUS)"),
    (258, "PKTAP", "Apple PKTAP"),
    (259, "EPON", "Ethernet over passive optical network"),
    (260, "IPMI_HPM_2", "board management (IPMI)"),
    (261, "ZWAVE_R1_R2", "home automation (Z-Wave)"),
    (262, "ZWAVE_R3", "home automation (Z-Wave)"),
    (263, "WATTSTOPPER_DLM", "lighting control"),
    (264, "ISO_14443", "contactless cards"),
    (265, "RDS", "radio data system"),
    (266, "USB_DARWIN", "USB"),
    (267, "OPENFLOW", "OpenFlow messages"),
    (268, "SDLC", "IBM SDLC"),
    (269, "TI_LLN_SNIFFER", "802.15.4 sniffer of Texas Instruments"),
    (270, "LORATAP", "LoRa"),
    (271, "VSOCK", "sockets between virtual machine and host"),
    (272, "NORDIC_BLE", "Bluetooth"),
    (273, "DOCSIS31_XRA31", "cable modem (DOCSIS 3.1) sniffer"),
    (274, "ETHERNET_MPACKET", "Ethernet with preamble (802.3br)"),
    (275, "DISPLAYPORT_AUX", "DisplayPort"),
    (276, "LINUX_SLL2", "Linux cooked capture, version 2"),
    (277, "SERCOS_MONITOR", "field bus (Sercos)"),
    (278, "OPENVIZSLA", "USB"),
    (279, "EBHSCR", "vehicle bus (Elektrobit)"),
    (280, "VPP_DISPATCH", "VPP graph trace"),
    (281, "DSA_TAG_BRCM", "Ethernet inside a switch (Broadcom tag)"),
    (282, "DSA_TAG_BRCM_PREPEND", "Ethernet inside a switch (Broadcom tag in front)"),
    (283, "IEEE802_15_4_TAP", "802.15.4 (Zigbee, Thread)"),
    (284, "DSA_TAG_DSA", "Ethernet inside a switch (Marvell tag)"),
    (285, "DSA_TAG_EDSA", "Ethernet inside a switch (Marvell tag with EtherType)"),
    (286, "ELEE", "lawful interception"),
    (287, "Z_WAVE_SERIAL", "home automation (Z-Wave)"),
    (288, "USB_2_0", "USB"),
    (289, "ATSC_ALP", "television (ATSC)"),
    (290, "ETW", "Windows event trace"),
    (291, "NETANALYZER_NG", "Ethernet of a Hilscher netANALYZER NG"),
    (292, "ZBOSS_NCP", "Zigbee co-processor"),
    (293, "USB_2_0_LOW_SPEED", "USB"),
    (294, "USB_2_0_FULL_SPEED", "USB"),
    (295, "USB_2_0_HIGH_SPEED", "USB"),
    (296, "AUERSWALD_LOG", "telephone system log"),
    (297, "ZWAVE_TAP", "home automation (Z-Wave)"),
    (298, "SILABS_DEBUG_CHANNEL", "debug channel of Silicon Labs"),
    (299, "FIRA_UCI", "ultra-wideband"),
    (300, "MDB", "vending machine bus"),
    (301, "DECT_NR", "DECT-2020"),
    (302, "EDK2_MM", "firmware messages"),
    (303, "DEBUG_ONLY", "for debugging only"),
    (304, "DECT_NR_TAP", "DECT-2020"),
];

impl LinkType {
    fn known(self) -> Option<&'static (u32, &'static str, &'static str)> {
        let at = KNOWN.binary_search_by_key(&self.0, |(number, ..)| *number).ok()?;
        KNOWN.get(at)
    }

    /// The name that tcpdump has for it: `EN10MB`.
    pub fn name(self) -> Option<&'static str> {
        self.known().map(|(_, name, _)| *name)
    }

    /// What it is, in words: `Ethernet`.
    pub fn what(self) -> Option<&'static str> {
        self.known().map(|(.., what)| *what)
    }

    /// Whether it is none: files have 16 bits for it, and leave those above them zero.
    pub fn is_damaged(self) -> bool {
        self.0 > u32::from(u16::MAX)
    }

    /// Name, number and what it is: `USB_LINUX (189, USB)`; `65000 (not in the list of link types)`.
    pub fn described(self) -> String {
        match self.known() {
            Some((number, name, what)) => format!("{name} ({number}, {what})"),
            None if self.is_damaged() => format!("{} (above 65535, the last that there can be)", self.0),
            None => format!("{} (not in the list of link types)", self.0),
        }
    }
}

impl fmt::Display for LinkType {
    /// `EN10MB`; `link type 65000` where there is no name.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "link type {}", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_ascend_and_every_one_has_a_name_and_words() {
        assert!(KNOWN.windows(2).all(|pair| pair[0].0 < pair[1].0));
        for (number, name, what) in KNOWN {
            assert!(!name.is_empty() && !what.is_empty(), "{number}");
            assert_eq!(LinkType(*number).name(), Some(*name));
        }
    }

    #[test]
    fn link_types_have_tcpdumps_names() {
        assert_eq!(LinkType(1).to_string(), "EN10MB");
        assert_eq!(LinkType(189).what(), Some("USB"));
        assert_eq!(LinkType(65_000).to_string(), "link type 65000");
        assert_eq!(LinkType(189).described(), "USB_LINUX (189, USB)");
        assert_eq!(LinkType(65_000).described(), "65000 (not in the list of link types)");
        assert_eq!(LinkType(65_537).described(), "65537 (above 65535, the last that there can be)");
    }
}
