//! The classes of an address dimension: blocks either contain each other or have nothing in common, so each
//! block, less the blocks inside it, is a class of its own.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

use super::Class;

/// An address in no block comes from here (TEST-NET-3 and the documentation prefix), else from elsewhere.
const OUTSIDE: [IpAddr; 2] =
    [IpAddr::V4(Ipv4Addr::new(203, 0, 113, 1)), IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1))];

/// Cuts all addresses into classes; the witness of each is one of its addresses.
pub(super) fn partition(blocks: &[IpNet]) -> Vec<Class> {
    // The first address of each block, and the one behind its last, meet every class: a class is a block less
    // its inner blocks, and what is left of a block begins at its first address or behind an inner block.
    let mut candidates: Vec<IpAddr> = OUTSIDE.to_vec();
    for block in blocks {
        candidates.push(block.network());
        candidates.extend(behind(block));
    }
    candidates.push(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
    candidates.push(IpAddr::V6(Ipv6Addr::UNSPECIFIED));
    let mut classes: Vec<Class> = Vec::new();
    let mut known = std::collections::HashSet::new();
    for address in candidates {
        let members: Vec<u32> = blocks
            .iter()
            .enumerate()
            .filter(|(_, block)| block.contains(&address))
            .map(|(index, _)| index as u32)
            .collect();
        if known.insert(members.clone()) {
            classes.push(Class { members, witness: address.to_string() });
        }
    }
    classes
}

/// The address behind the last one of a block, if there is one.
fn behind(block: &IpNet) -> Option<IpAddr> {
    match block.broadcast() {
        IpAddr::V4(last) => u32::from(last).checked_add(1).map(|next| IpAddr::V4(Ipv4Addr::from(next))),
        IpAddr::V6(last) => u128::from(last).checked_add(1).map(|next| IpAddr::V6(Ipv6Addr::from(next))),
    }
}
