//! Requests to addresses that others name: they must not open the inner network.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ureq::config::Config;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};

/// An agent that reaches hosts of the public internet only, and also follows redirects nowhere else; any host if `allow_private`.
pub(super) fn agent(config: Config, allow_private: bool) -> ureq::Agent {
    if allow_private {
        config.into()
    } else {
        ureq::Agent::with_parts(config, DefaultConnector::default(), PublicOnly::default())
    }
}

/// Whether a request failed because its host lies in a private network.
pub(super) fn is_refusal(error: &ureq::Error) -> bool {
    matches!(error, ureq::Error::Other(why) if why.is::<PrivateAddress>())
}

/// Finds the addresses of public hosts only: an address that others name must not open the inner network, whatever name it hides
/// behind and however often the name changes its mind.
#[derive(Debug, Default)]
struct PublicOnly(DefaultResolver);

impl Resolver for PublicOnly {
    fn resolve(
        &self,
        uri: &ureq::http::Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let found = self.0.resolve(uri, config, timeout)?;
        if found.iter().any(|address| is_private(address.ip())) {
            return Err(ureq::Error::Other(Box::new(PrivateAddress)));
        }
        Ok(found)
    }
}

/// The host lies in a private network.
#[derive(Debug, thiserror::Error)]
#[error("the address lies in a private network")]
struct PrivateAddress;

/// Whether an address is not one of the public internet.
fn is_private(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => {
            let [a, b, ..] = ip.octets();
            ip.is_private()
                || ip.is_loopback()
                || ip.is_link_local()
                || ip.is_unspecified()
                || ip.is_broadcast()
                || ip.is_multicast()
                || (a == 100 && (64..128).contains(&b))
                || a == 0
                || a >= 240
        }
        IpAddr::V6(ip) => ip.to_ipv4_mapped().or_else(|| translated(ip)).map_or_else(
            || {
                ip.is_loopback()
                    || ip.is_unspecified()
                    || ip.is_multicast()
                    || ip.is_unique_local()
                    || ip.is_unicast_link_local()
            },
            |inner| is_private(IpAddr::V4(inner)),
        ),
    }
}

/// The address behind one of NAT64 (RFC 6052) or of 6to4 (RFC 3056).
fn translated(ip: Ipv6Addr) -> Option<Ipv4Addr> {
    match ip.segments() {
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => {
            Some(Ipv4Addr::from(u32::from(high) << 16 | u32::from(low)))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_addresses_are_told() {
        for private in [
            "127.0.0.1",
            "10.1.2.3",
            "192.168.0.1",
            "172.16.0.1",
            "169.254.1.1",
            "100.64.0.1",
            "::1",
            "fd00::1",
            "fe80::1",
            "::ffff:10.0.0.1",
            "0.0.0.0",
            "0.1.2.3",
            "240.0.0.1",
            "64:ff9b::a00:1",
            "2002:7f00:1::1",
        ] {
            assert!(is_private(private.parse().unwrap()), "{private}");
        }
        for public in ["8.8.8.8", "2a00:1450::1", "100.128.0.1", "64:ff9b::808:808"] {
            assert!(!is_private(public.parse().unwrap()), "{public}");
        }
    }
}
