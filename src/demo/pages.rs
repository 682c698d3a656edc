//! The city's official pages in the networks: founded there, and connected over the API.

use serde::Deserialize;
use serde_json::{Value, json};

use super::Failed;
use super::client::{Member, Missed};
use super::networks::{Net, Networks, Page};
use crate::domain::{Id, Policy};

/// Who has pages where. What the policy does not have is left out; the root has one of each network then.
const PAGES: [(Net, &str); 9] = [
    (Net::Vk, "omsk-city"),
    (Net::Vk, "omsk-dgh"),
    (Net::Vk, "omsk-dt"),
    (Net::Vk, "omsk-do"),
    (Net::Vk, "min-health"),
    (Net::Vk, "min-transport"),
    (Net::Ok, "omsk-city"),
    (Net::Telegram, "omsk-city"),
    (Net::Max, "omsk-city"),
];

/// A page as the service knows it.
#[derive(Deserialize)]
struct Registered {
    id: Id,
    network: String,
    organisation: String,
    account: String,
}

#[derive(Deserialize)]
struct Known {
    items: Vec<Registered>,
}

/// Founds every page, registers those that the service does not know, and connects them. Pages of an earlier run are founded again with
/// the accounts that they had: nothing of what was written on them is there any more.
///
/// # Errors
/// [`Failed::Refused`].
pub fn open(networks: &Networks, policy: &Policy, administrator: &mut Member) -> Result<Vec<Page>, Failed> {
    connect_all(networks, policy, administrator).map_err(|_| Failed::Refused("pages"))
}

fn connect_all(networks: &Networks, policy: &Policy, administrator: &mut Member) -> Result<Vec<Page>, Missed> {
    let known: Known = administrator.get("/api/v1/pages?limit=200")?;
    let root = policy.doc().city.root.as_str();
    let mut wanted: Vec<(Net, &str)> =
        PAGES.into_iter().filter(|(_, organisation)| policy.organisation(organisation).is_some()).collect();
    let bare = Net::ALL.into_iter().filter(|net| !wanted.iter().any(|(has, _)| has == net));
    let bare: Vec<_> = bare.map(|net| (net, root)).collect();
    wanted.extend(bare);
    wanted
        .into_iter()
        .map(|(net, organisation)| connect(networks, policy, administrator, &known, net, organisation))
        .collect()
}

fn connect(
    networks: &Networks,
    policy: &Policy,
    administrator: &mut Member,
    known: &Known,
    net: Net,
    organisation: &str,
) -> Result<Page, Missed> {
    let title = policy.organisation(organisation).map_or(organisation, |known| known.title.as_str());
    let earlier = known.items.iter().filter(|page| page.network == net.name() && page.organisation == organisation);
    let again = earlier.filter_map(|page| Some((networks.page_again(net, &page.account, title)?, page.id))).next();
    let (page, id) = match again {
        Some(again) => again,
        None => {
            let page = networks.page(net, title);
            let new =
                json!({ "network": net.name(), "organisation": organisation, "title": title, "account": page.account });
            let registered: Registered = administrator.post("/api/v1/pages", &new)?;
            (page, registered.id)
        }
    };
    administrator.put::<Value>(&format!("/api/v1/pages/{id}/connection"), &json!({ "keys": page.keys() }))?;
    Ok(page)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::data::{OMSK, tests::policy};

    #[test]
    fn every_page_has_an_organisation_and_every_network_a_page() {
        let policy = policy(OMSK);
        assert!(PAGES.iter().all(|(_, organisation)| policy.organisation(organisation).is_some()));
        assert!(Net::ALL.iter().all(|net| PAGES.iter().any(|(has, _)| has == net)));
    }
}
