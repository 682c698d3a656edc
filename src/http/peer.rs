//! Where a request comes from, also behind proxies.

use std::net::{IpAddr, Ipv4Addr};

use actix_web::HttpRequest;
use ipnet::IpNet;

use crate::config::Config;

/// The address of whoever asks. What `X-Forwarded-For` says is believed as far as our own proxies (`listen.proxies`) wrote it: of its
/// addresses the last one that is not a proxy's counts.
pub fn peer(request: &HttpRequest, config: &Config) -> IpAddr {
    let nobody = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
    let direct = request.peer_addr().map_or(nobody, |peer| peer.ip());
    let forwarded = request.headers().get_all("x-forwarded-for").filter_map(|value| value.to_str().ok());
    of(direct, forwarded, &config.listen.proxies)
}

fn of<'a>(direct: IpAddr, forwarded: impl DoubleEndedIterator<Item = &'a str>, proxies: &[IpNet]) -> IpAddr {
    let is_ours = |address: IpAddr| proxies.iter().any(|network| network.contains(&address));
    let mut believed = direct.to_canonical();
    for said in forwarded.rev().flat_map(|line| line.rsplit(',')) {
        if !is_ours(believed) {
            break;
        }
        // What is no address was not written by a proxy of ours: the one that passed it on counts.
        let Some(address) = read(said) else { break };
        believed = address;
    }
    believed
}

/// An address, perhaps with a port as some proxies write it.
fn read(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let address = text.parse().ok().or_else(|| Some(text.parse::<std::net::SocketAddr>().ok()?.ip()));
    address.or_else(|| text.strip_prefix('[')?.strip_suffix(']')?.parse().ok()).map(|ip: IpAddr| ip.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer_of(direct: &str, forwarded: &[&str], proxies: &[&str]) -> String {
        let proxies: Vec<IpNet> = proxies.iter().map(|network| network.parse().unwrap()).collect();
        of(direct.parse().unwrap(), forwarded.iter().copied(), &proxies).to_string()
    }

    #[test]
    fn only_proxies_of_ours_are_believed() {
        assert_eq!(peer_of("9.9.9.9", &["1.1.1.1"], &[]), "9.9.9.9");
        assert_eq!(peer_of("9.9.9.9", &["1.1.1.1"], &["10.0.0.0/8"]), "9.9.9.9");
        assert_eq!(peer_of("10.0.0.1", &["1.1.1.1"], &["10.0.0.0/8"]), "1.1.1.1");
        assert_eq!(peer_of("10.0.0.1", &[], &["10.0.0.0/8"]), "10.0.0.1");
        assert_eq!(peer_of("::ffff:10.0.0.1", &["1.1.1.1"], &["10.0.0.0/8"]), "1.1.1.1");
    }

    #[test]
    fn the_last_address_that_is_no_proxys_counts() {
        let ours = ["10.0.0.0/8", "fd00::/8"];
        assert_eq!(peer_of("10.0.0.1", &["6.6.6.6, 1.1.1.1, 10.0.0.2"], &ours), "1.1.1.1");
        assert_eq!(peer_of("10.0.0.1", &["6.6.6.6", "1.1.1.1, 10.0.0.2"], &ours), "1.1.1.1");
        assert_eq!(peer_of("10.0.0.1", &["[2001:db8::1]:443, fd00::2"], &ours), "2001:db8::1");
        assert_eq!(peer_of("10.0.0.1", &["6.6.6.6, unknown, 10.0.0.2"], &ours), "10.0.0.2");
        assert_eq!(peer_of("10.0.0.1", &["1.1.1.1:5000"], &ours), "1.1.1.1");
    }
}
