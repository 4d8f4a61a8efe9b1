//! IPv4 packets with a TCP segment, as RFC 791 and RFC 9293 lay them out: as
//! much as a client needs that is not a kernel.

use std::net::Ipv4Addr;

pub const FIN: u8 = 0x01;
pub const SYN: u8 = 0x02;
pub const RST: u8 = 0x04;
pub const PSH: u8 = 0x08;
pub const ACK: u8 = 0x10;

const HEADER: usize = 20;
const PROTOCOL_TCP: u8 = 6;

#[derive(Clone)]
pub struct Segment {
    pub from: (Ipv4Addr, u16),
    pub to: (Ipv4Addr, u16),
    pub flags: u8,
    pub sequence: u32,
    pub acknowledged: u32,
    pub data: Vec<u8>,
}

impl Segment {
    pub fn new(from: (Ipv4Addr, u16), to: (Ipv4Addr, u16)) -> Self {
        Self {
            from,
            to,
            flags: 0,
            sequence: 0,
            acknowledged: 0,
            data: Vec::new(),
        }
    }

    /// The same connection, with this to say.
    pub fn with(&mut self, flags: u8, sequence: u32, acknowledged: u32, data: &[u8]) -> &Self {
        self.flags = flags;
        self.sequence = sequence;
        self.acknowledged = acknowledged;
        self.data = data.to_vec();
        self
    }

    /// A TCP segment in an IPv4 packet without options; of anything else, nothing.
    pub fn parse(packet: &[u8]) -> Option<Self> {
        if packet.len() < 2 * HEADER || packet[0] != 0x45 || packet[9] != PROTOCOL_TCP {
            return None;
        }
        let address =
            |at: usize| Ipv4Addr::new(packet[at], packet[at + 1], packet[at + 2], packet[at + 3]);
        let tcp = &packet[HEADER..];
        let port = |at: usize| u16::from_be_bytes([tcp[at], tcp[at + 1]]);
        let word = |at: usize| u32::from_be_bytes([tcp[at], tcp[at + 1], tcp[at + 2], tcp[at + 3]]);
        let data = usize::from(tcp[12] >> 4) * 4;
        Some(Self {
            from: (address(12), port(0)),
            to: (address(16), port(2)),
            flags: tcp[13],
            sequence: word(4),
            acknowledged: word(8),
            data: tcp[data..].to_vec(),
        })
    }

    /// The bytes of the packet.
    pub fn packet(&self) -> Vec<u8> {
        let mut tcp = Vec::new();
        tcp.extend(self.from.1.to_be_bytes());
        tcp.extend(self.to.1.to_be_bytes());
        tcp.extend(self.sequence.to_be_bytes());
        tcp.extend(self.acknowledged.to_be_bytes());
        tcp.extend([0x50, self.flags]); // a header of five words
        tcp.extend(65_535_u16.to_be_bytes()); // window
        tcp.extend([0; 4]); // checksum, urgent pointer
        tcp.extend(&self.data);
        // The checksum covers a header that is not sent (RFC 9293, 3.1).
        let mut pseudo = [self.from.0.octets(), self.to.0.octets()].concat();
        pseudo.extend([0, PROTOCOL_TCP]);
        pseudo.extend((tcp.len() as u16).to_be_bytes());
        let sum = checksum(&[&pseudo[..], &tcp[..]].concat());
        tcp[16..18].copy_from_slice(&sum.to_be_bytes());

        let mut packet = vec![0x45, 0];
        packet.extend(((HEADER + tcp.len()) as u16).to_be_bytes());
        packet.extend([0, 0, 0x40, 0, 64, PROTOCOL_TCP, 0, 0]); // don't fragment, 64 hops
        packet.extend(self.from.0.octets());
        packet.extend(self.to.0.octets());
        let sum = checksum(&packet);
        packet[10..12].copy_from_slice(&sum.to_be_bytes());
        packet.extend(tcp);
        packet
    }
}

/// The Internet checksum (RFC 1071).
fn checksum(bytes: &[u8]) -> u16 {
    let words = bytes.chunks(2).map(|pair| {
        let low = pair.get(1).copied().unwrap_or_default();
        u32::from(u16::from_be_bytes([pair[0], low]))
    });
    let mut sum: u32 = words.sum();
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !(sum as u16)
}
