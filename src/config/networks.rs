//! How the social networks are reached.

use std::fs;
use std::time::Duration;

use ipnet::IpNet;
use ureq::tls::{PemItem, parse_pem};

use super::keys::Keys;
use super::{NETWORKS, address, seconds};

/// How the social networks are reached, and where they may knock from.
#[derive(Debug, Clone, PartialEq)]
pub struct Networks {
    /// Where the APIs are, without a slash at the end.
    pub vk: String,
    pub telegram: String,
    pub odnoklassniki: String,
    pub max: String,
    /// How long an answer of theirs is waited for.
    pub timeout: Duration,
    /// Certificates in DER that are trusted beside those that this machine trusts. None: those compiled in are trusted, and no others.
    pub extra_roots: Vec<Vec<u8>>,
    /// Where Odnoklassniki, which signs nothing, may knock from; empty: anywhere.
    pub odnoklassniki_from: Vec<IpNet>,
}

impl Default for Networks {
    fn default() -> Networks {
        let known = ["217.20.145.192/28", "217.20.151.160/28", "217.20.153.48/28"];
        Networks {
            vk: "https://api.vk.ru".to_owned(),
            telegram: "https://api.telegram.org".to_owned(),
            odnoklassniki: "https://api.ok.ru".to_owned(),
            max: "https://platform-api2.max.ru".to_owned(),
            timeout: Duration::from_secs(20),
            extra_roots: Vec::new(),
            odnoklassniki_from: known.iter().filter_map(|network| network.parse().ok()).collect(),
        }
    }
}

impl Networks {
    pub(super) fn take(keys: &mut Keys, d: Networks) -> Networks {
        const ADDRESS: &str = "the address of an API, such as \"https://api.example.org\"";
        const ROOTS: &str = "a readable file in PEM with at least one certificate";
        let mut base = |name: &str, default| keys.text(&format!("networks.{name}"), default, ADDRESS, address);
        Networks {
            vk: base("vk", d.vk),
            telegram: base("telegram", d.telegram),
            odnoklassniki: base("odnoklassniki", d.odnoklassniki),
            max: base("max", d.max),
            timeout: seconds(keys, "networks.timeout_seconds", d.timeout, 1..=120),
            extra_roots: keys.text("networks.extra_roots", d.extra_roots, ROOTS, certificates),
            odnoklassniki_from: keys
                .list("networks.odnoklassniki_from", d.odnoklassniki_from, NETWORKS, |text| text.parse().ok()),
        }
    }
}

/// The certificates of a file; none if it cannot be read, is damaged or holds none.
fn certificates(path: &str) -> Option<Vec<Vec<u8>>> {
    let text = fs::read(path).ok()?;
    let items: Vec<PemItem<'_>> = parse_pem(&text).collect::<Result<_, _>>().ok()?;
    let certificates = items.into_iter().filter_map(|item| match item {
        PemItem::Certificate(certificate) => Some(certificate.der().to_vec()),
        _ => None,
    });
    Some(certificates.collect()).filter(|found: &Vec<_>| !found.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_known_network_of_odnoklassniki_is_one() {
        assert_eq!(Networks::default().odnoklassniki_from.len(), 3);
    }

    #[test]
    fn only_a_file_with_certificates_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("roots.pem");
        let shown = path.to_str().unwrap();
        assert_eq!(certificates(shown), None);
        fs::write(&path, "nothing").unwrap();
        assert_eq!(certificates(shown), None);
        fs::write(&path, "-----BEGIN CERTIFICATE-----\nAQID\n-----END CERTIFICATE-----\n").unwrap();
        assert_eq!(certificates(shown), Some(vec![vec![1, 2, 3]]));
    }
}
