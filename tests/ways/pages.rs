//! Official pages: registered, connected to made-up networks, looked after, let go, and taken from a table; their keys are shown nowhere.

use std::time::Duration;

use diesel::prelude::*;
use otklik::app::{App, CannotStart};
use otklik::config::MasterKey;
use otklik::demo::networks::{Net, Page, Weather};
use otklik::domain::Role;
use otklik::store::dump::{self, Row};
use otklik::store::schema::{jobs, pages};
use otklik::store::{StoreError, records::PageRow};
use serde_json::{Value, json};

use crate::harness::client::{Answer, Client};
use crate::harness::networks::{Town, address, keys};
use crate::harness::server::organisation;

both_engines! {
    a_page_is_registered_listed_and_changed,
    a_page_changes_only_as_it_was_seen,
    whoever_sees_a_part_of_the_tree_sees_its_pages,
    pages_are_no_sources_to_manage,
    connecting_has_the_network_deliver_and_hides_the_keys,
    a_network_that_refuses_changes_nothing,
    what_is_wrong_with_keys_is_told_before_the_network_is_asked,
    keys_are_replaced_and_an_address_only_when_asked,
    letting_go_forgets_the_keys_whatever_the_network_says,
    a_page_is_looked_after_every_hour,
    a_network_that_is_away_is_asked_again,
    a_silent_page_is_found,
    a_table_of_pages_is_taken_whole_or_not_at_all,
    a_table_connects_the_pages_whose_keys_it_has,
    a_page_that_is_let_go_is_not_connected_by_an_order_from_before,
    a_workbook_is_a_table_too,
    every_network_says_what_it_needs,
    another_master_key_than_the_pages_keys_were_sealed_with_does_not_start,
}

fn ids(list: &Value) -> Vec<String> {
    list["items"]
        .as_array()
        .expect("items")
        .iter()
        .map(|one| one["account"].as_str().expect("one").to_owned())
        .collect()
}

fn row(town: &Town, id: &Value) -> PageRow {
    let id = id.as_str().expect("an id").parse::<otklik::domain::Id>().expect("an id");
    let found: Result<PageRow, StoreError> = town
        .city
        .app()
        .store()
        .read_now(move |conn| Ok(pages::table.find(id).select(PageRow::as_select()).first(conn)?));
    found.expect("the page's row")
}

/// Everything that is stored, as text.
fn stored(town: &Town) -> String {
    let read = town.city.app().store().read_now(|conn| -> Result<_, StoreError> {
        let mut all = String::new();
        for table in dump::tables() {
            let mut last: Option<Row> = None;
            loop {
                let rows = dump::read(conn, &table, last.as_ref())?;
                all.push_str(&format!("{} {rows:?}\n", table.name));
                match rows.into_iter().last() {
                    Some(row) => last = Some(row),
                    None => break,
                }
            }
        }
        Ok(all)
    });
    read.expect("the tables are read")
}

/// What Telegram says when it is asked with a bot's token.
fn telegram(town: &Town, page: &Page, method: &str) -> Value {
    let url = format!("{}/bot{}/{method}", town.networks.base(Net::Telegram), page.token);
    let mut answer = ureq::get(&url).call().expect("Telegram answers");
    let text = answer.body_mut().read_to_string().expect("a text");
    serde_json::from_str::<Value>(&text).expect("JSON")["result"].clone()
}

fn a_page_is_registered_listed_and_changed(town: Town) {
    let administrator = town.city.sign_in(Role::Administrator);
    let vk = town.networks.page(Net::Vk, "Управа");
    let works = town.networks.page(Net::Telegram, "Дороги");
    let island = town.networks.page(Net::Vk, "Остров");
    let made = town.register(&administrator, &vk, organisation::CITY);
    assert_eq!((&made["state"], &made["listening"], &made["keys"]), (&json!("registered"), &json!("hook"), &json!([])));
    assert_eq!((&made["health"], &made["subscribers"]), (&Value::Null, &Value::Null));
    town.register(&administrator, &works, organisation::WORKS);
    town.register(&administrator, &island, organisation::ISLAND);

    let list = |query: &str| administrator.get(&format!("/api/v1/pages{query}")).expect(200).json();
    let all = list("?total=true&limit=2");
    assert_eq!((all["total"].as_i64(), ids(&all).len()), (Some(3), 2));
    let rest = list(&format!("?limit=2&cursor={}", all["next"].as_str().expect("there is more")));
    let mut accounts = ids(&all);
    accounts.extend(ids(&rest));
    assert_eq!(accounts[0], works.account, "in the order of networks");
    assert_eq!(accounts.len(), 3);
    assert_eq!(ids(&list("?network=telegram")), [works.account.as_str()]);
    assert_eq!(ids(&list(&format!("?organisation={}", organisation::CITY))), [works.account.as_str(), &vk.account]);
    assert_eq!(ids(&list(&format!("?account={}", island.account))), [island.account.as_str()]);
    assert_eq!(ids(&list("?state=connected")), Vec::<String>::new());
    assert_eq!(ids(&list("?state=registered&network=vk")).len(), 2);
    for bad in ["?organisation=nobody", "?silent_for_hours=0", "?state=on", "?network=", "?q=x"] {
        administrator.get(&format!("/api/v1/pages{bad}")).problem(422, "invalid");
    }

    let again = json!({ "network": "vk", "organisation": organisation::ROOT, "title": "Ещё", "account": vk.account });
    administrator.post("/api/v1/pages", &again).problem(409, "conflict");
    let wrong = json!({
        "network": "myspace", "organisation": "nobody", "title": " ", "account": "a b", "url": "vk.com/club1",
    });
    let problem = administrator.post("/api/v1/pages", &wrong).problem(422, "invalid");
    let pointers: Vec<_> = problem["errors"].as_array().unwrap().iter().map(|e| e["pointer"].clone()).collect();
    assert_eq!(pointers, ["/network", "/organisation", "/title", "/account", "/url"]);
    let alias = json!({ "network": "vk", "organisation": organisation::CITY, "title": "Имя", "account": "club1" });
    let problem = administrator.post("/api/v1/pages", &alias).problem(422, "invalid");
    assert_eq!(problem["errors"][0]["pointer"], "/account", "what the network's adapter says of it");

    let path = address(&made, "");
    let change =
        json!({ "title": "Управа города", "url": "https://vk.com/club1", "organisation": organisation::WORKS });
    let changed = administrator.patch(&path, &change).expect(200).json();
    assert_eq!((&changed["title"], &changed["organisation"]), (&change["title"], &change["organisation"]));
    let without = administrator.patch(&path, &json!({ "url": null })).expect(200).json();
    assert_eq!((&without["url"], &without["title"]), (&Value::Null, &change["title"]));
    administrator.patch(&path, &json!({ "listening": "poll" })).problem(422, "invalid");
    administrator.patch(&path, &json!({ "account": "2" })).problem(422, "invalid");
}

fn a_page_changes_only_as_it_was_seen(town: Town) {
    let administrator = town.city.sign_in(Role::Administrator);
    let new = json!({ "network": "vk", "organisation": organisation::CITY, "title": "Управа", "account": "77" });
    let register = || administrator.ask("POST", "/api/v1/pages").once("k-1").json(&new).send();
    let made = register().expect(201);
    assert_eq!(register().expect(201).header("idempotency-replayed"), Some("true"));
    let (page, seen) = (made.json(), made.etag());
    let ask = |method: &str, of: &str, etag: &str, body: &Value| {
        administrator.ask(method, &address(&page, of)).if_match(etag).json(body).send()
    };
    let changed = ask("PATCH", "", &seen, &json!({ "title": "Первый" })).expect(200);
    assert_ne!(changed.etag(), seen);
    ask("PATCH", "", &seen, &json!({ "title": "Второй" })).problem(412, "stale");
    ask("PUT", "/connection", &seen, &json!({ "keys": { "token": "x" } })).problem(412, "stale");
    administrator.ask("DELETE", &address(&page, "/connection")).if_match(&seen).send().problem(412, "stale");
    assert_eq!(administrator.get(&address(&page, "")).expect(200).json()["title"], "Первый");
    ask("PATCH", "", &changed.etag(), &json!({ "title": "Второй" })).expect(200);
}

fn whoever_sees_a_part_of_the_tree_sees_its_pages(town: Town) {
    let administrator = town.city.sign_in(Role::Administrator);
    let page = town.networks.page(Net::Telegram, "Дороги");
    let made = town.register(&administrator, &page, organisation::WORKS);
    assert!(made["hook"].as_str().expect("an address").starts_with(&format!("{}/hooks/telegram/", town.public_url)));
    for role in [Role::Coordinator, Role::Approver, Role::Controller, Role::Administrator] {
        let within = town.city.sign_in_at(role, organisation::CITY);
        let seen = within.get(&address(&made, "")).expect(200).json();
        assert!(seen.get("hook").is_none(), "{role} may not know where the network knocks");
        assert_eq!(ids(&within.get("/api/v1/pages").expect(200).json()), [page.account.as_str()]);
        let beside = town.city.sign_in_at(role, organisation::ISLAND);
        beside.get(&address(&made, "")).problem(404, "not_found");
        assert_eq!(beside.get("/api/v1/pages?total=true").expect(200).json()["total"], 0);
        within.patch(&address(&made, ""), &json!({ "title": "Моё" })).problem(403, "forbidden");
        within.post(&address(&made, "/checks"), &Value::Null).problem(403, "forbidden");
    }
    for role in [Role::Executor, Role::Moderator, Role::Integration] {
        town.city.sign_in(role).get("/api/v1/pages").problem(403, "forbidden");
    }
}

fn pages_are_no_sources_to_manage(town: Town) {
    let administrator = town.city.sign_in(Role::Administrator);
    let page = town.networks.page(Net::Vk, "Управа");
    let made = town.register(&administrator, &page, organisation::CITY);
    town.connect(&administrator, &made, &page).expect(200);
    let source = format!("/api/v1/sources/{}", made["id"].as_str().expect("an id"));
    let listed = administrator.get("/api/v1/sources?total=true").expect(200).json();
    assert_eq!((&listed["items"], &listed["total"]), (&json!([]), &json!(0)));
    administrator.get(&source).problem(404, "not_found");
    administrator.patch(&source, &json!({ "active": false })).problem(404, "not_found");
    administrator.post(&format!("{source}/secret"), &json!({})).problem(404, "not_found");
    let name = format!("page-vk-{}", page.account);
    town.city.push_signed(&name, &["whsec_AAAA"], b"{}").problem(404, "not_found");
    let new = json!({ "name": name, "title": "Мой", "network": "vk" });
    administrator.post("/api/v1/sources", &new).problem(422, "invalid");
}

fn connecting_has_the_network_deliver_and_hides_the_keys(town: Town) {
    let administrator = town.city.sign_in(Role::Administrator);
    let mut said = String::new();
    let mut secrets = Vec::new();
    for net in [Net::Vk, Net::Telegram] {
        let page = town.networks.page(net, "Управа");
        let made = town.register(&administrator, &page, organisation::CITY);
        let answer = town.connect(&administrator, &made, &page).expect(200);
        said.push_str(&answer.text());
        let connected = answer.json();
        assert_eq!((&connected["state"], &connected["health"]["token"]), (&json!("connected"), &json!(true)));
        assert_eq!(connected["health"]["hook"], json!(true), "{connected}");
        assert!(connected["subscribers"].is_i64() && connected["checked_at"].is_string(), "{connected}");
        let names = connected["keys"].as_array().expect("names").clone();
        assert!(names.contains(&json!("token")) && names.contains(&json!("secret")), "{names:?}");
        if net == Net::Telegram {
            assert_eq!(telegram(&town, &page, "getWebhookInfo")["url"], connected["hook"]);
        }
        said.push_str(&administrator.get(&address(&made, "")).expect(200).text());
        said.push_str(&administrator.post(&address(&made, "/checks"), &Value::Null).expect(200).text());
        // What the network sends from now on proves itself with the keys that were made.
        town.networks.post(&page, "Новость");
        crate::harness::until("what happened to be taken", || town.networks.deliveries_pending() == 0);
        assert_eq!(town.networks.journal().refusals, 0);
        let row = row(&town, &made["id"]);
        let kept = otklik::desk::pages::open_keys(town.city.app().seal(), &row).expect("the keys open");
        assert_eq!(kept.get("token"), page.token);
        secrets.extend(["token", "secret", "confirmation"].map(|name| kept.get(name).to_owned()));
    }
    said.push_str(&administrator.get("/api/v1/pages").expect(200).text());
    let stored = stored(&town);
    assert!(stored.contains("page-telegram-"), "the search finds what is there");
    for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
        assert!(!said.contains(secret.as_str()), "an answer shows {secret}");
        assert!(!stored.contains(secret.as_str()), "the database shows {secret}");
    }
    assert!(secrets.len() > 4);
}

fn a_network_that_refuses_changes_nothing(town: Town) {
    let administrator = town.city.sign_in(Role::Administrator);
    for net in [Net::Vk, Net::Telegram] {
        let page = town.networks.page(net, "Управа");
        let made = town.register(&administrator, &page, organisation::CITY);
        let wrong = Page { token: format!("{}x", page.token), ..page.clone() };
        let problem = town.connect(&administrator, &made, &wrong).problem(502, "network_refused");
        assert!(!problem.to_string().contains(&wrong.token), "{problem}");
        let left = administrator.get(&address(&made, "")).expect(200).json();
        assert_eq!((&left["state"], &left["keys"]), (&json!("registered"), &json!([])));
        administrator.post(&address(&made, "/checks"), &Value::Null).problem(409, "conflict");

        // One that is connected stays so, with the keys that it had.
        town.connect(&administrator, &made, &page).expect(200);
        let before = row(&town, &made["id"]);
        town.connect(&administrator, &made, &wrong).problem(502, "network_refused");
        let after = row(&town, &made["id"]);
        assert!(before.keys == after.keys && before.state == after.state && before.hook_epoch == after.hook_epoch);
        let checked = administrator.post(&address(&made, "/checks"), &Value::Null).expect(200).json();
        assert_eq!(checked["health"]["token"], true);
    }
}

fn what_is_wrong_with_keys_is_told_before_the_network_is_asked(town: Town) {
    let administrator = town.city.sign_in(Role::Administrator);
    let page = town.networks.page(Net::Vk, "Управа");
    let made = town.register(&administrator, &page, organisation::CITY);
    let path = address(&made, "/connection");
    let pointers = |body: Value| {
        let problem = administrator.put(&path, &body).problem(422, "invalid");
        problem["errors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|e| e["pointer"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(pointers(json!({})), ["/keys"]);
    assert_eq!(pointers(json!({ "keys": {} })), ["/keys/token"]);
    assert_eq!(pointers(json!({ "keys": { "token": "x", "tokn": "x" } })), ["/keys/tokn"]);
    assert_eq!(pointers(json!({ "keys": { "token": "x", "secret": "!" } })), ["/keys/secret"]);
    assert_eq!(pointers(json!({ "keys": { "token": "x" }, "listening": "poll" })), ["/listening"]);
    administrator
        .put("/api/v1/pages/00000000-0000-7000-8000-000000000000/connection", &json!({}))
        .problem(404, "not_found");
}

fn keys_are_replaced_and_an_address_only_when_asked(town: Town) {
    let administrator = town.city.sign_in(Role::Administrator);
    for net in [Net::Vk, Net::Telegram] {
        let page = town.networks.page(net, "Управа");
        let made = town.register(&administrator, &page, organisation::CITY);
        let path = address(&made, "/connection");
        let first = town.connect(&administrator, &made, &page).expect(200).json();
        let before = row(&town, &made["id"]);
        let second = administrator.put(&path, &json!({ "keys": keys(&page) })).expect(200).json();
        assert_eq!(second["hook"], first["hook"], "the address stays");
        assert!(row(&town, &made["id"]).keys != before.keys);
        let third = administrator.put(&path, &json!({ "new_address": true })).expect(200).json();
        assert_ne!(third["hook"], first["hook"]);
        assert_eq!(third["health"]["hook"], true, "{third}");
        assert_eq!(third["connected_at"], first["connected_at"]);
        if net == Net::Telegram {
            assert_eq!(telegram(&town, &page, "getWebhookInfo")["url"], third["hook"]);
        }
        administrator.patch(&address(&made, ""), &json!({ "listening": "hook" })).expect(200);
    }
    // Telegram can be polled; then there is no hook.
    let page = town.networks.page(Net::Telegram, "Дороги");
    let made = town.register(&administrator, &page, organisation::WORKS);
    town.connect(&administrator, &made, &page).expect(200);
    administrator.patch(&address(&made, ""), &json!({ "listening": "poll" })).problem(409, "conflict");
    let polled = administrator.put(&address(&made, "/connection"), &json!({ "listening": "poll" })).expect(200).json();
    assert_eq!((&polled["listening"], polled.get("hook")), (&json!("poll"), None));
    assert_eq!(telegram(&town, &page, "getWebhookInfo")["url"], "");
}

fn letting_go_forgets_the_keys_whatever_the_network_says(town: Town) {
    let administrator = town.city.sign_in(Role::Administrator);
    let page = town.networks.page(Net::Telegram, "Управа");
    let made = town.register(&administrator, &page, organisation::CITY);
    let path = address(&made, "/connection");
    let before = administrator.delete(&path).expect(200).json();
    assert_eq!((&before["page"]["state"], before.get("problem")), (&json!("registered"), None), "nothing to let go");

    let connected = town.connect(&administrator, &made, &page).expect(200).json();
    let released = administrator.delete(&path).expect(200).json();
    assert_eq!((&released["page"]["state"], &released["page"]["keys"]), (&json!("disconnected"), &json!([])));
    assert!(released.get("problem").is_none() && released["page"]["hook"] != connected["hook"], "{released}");
    assert_eq!(telegram(&town, &page, "getWebhookInfo")["url"], "");
    assert!(row(&town, &made["id"]).keys.is_none());

    town.connect(&administrator, &made, &page).expect(200);
    town.networks.weather(Weather { broken: 1.0, ..Weather::default() });
    let released = administrator.delete(&path).expect(200).json();
    assert_eq!((&released["page"]["state"], &released["page"]["keys"]), (&json!("disconnected"), &json!([])));
    assert!(released["problem"].is_string(), "{released}");
    town.networks.weather(Weather::default());
}

fn a_page_is_looked_after_every_hour(town: Town) {
    let administrator = town.city.sign_in(Role::Administrator);
    let page = town.networks.page(Net::Telegram, "Управа");
    let made = town.register(&administrator, &page, organisation::CITY);
    let hook = town.connect(&administrator, &made, &page).expect(200).json()["hook"].clone();
    let seen = || administrator.get(&address(&made, "")).expect(200).json();
    let first = seen()["checked_at"].clone();
    town.city.run_jobs();
    assert_eq!(seen()["checked_at"], first, "it was looked at a moment ago");
    town.city.advance(Duration::from_secs(3600));
    town.city.run_jobs();
    let second = seen();
    assert_ne!(second["checked_at"], first);
    assert_eq!(second["health"]["problems"], json!([]));

    // The network has dropped our hook.
    telegram(&town, &page, "deleteWebhook");
    town.city.advance(Duration::from_secs(3600));
    town.city.run_jobs();
    let third = seen();
    assert_eq!((&third["state"], &third["health"]["hook"]), (&json!("connected"), &json!(true)), "{third}");
    assert!(third["health"]["problems"][0].as_str().expect("a note").contains("asked to deliver again"), "{third}");
    assert_eq!(telegram(&town, &page, "getWebhookInfo")["url"], hook);
    town.city.advance(Duration::from_secs(3600));
    town.city.run_jobs();
    assert_eq!(seen()["health"]["problems"], json!([]), "what was mended is no problem any more");
}

fn a_network_that_is_away_is_asked_again(town: Town) {
    let administrator = town.city.sign_in(Role::Administrator);
    let page = town.networks.page(Net::Telegram, "Управа");
    let made = town.register(&administrator, &page, organisation::CITY);
    let first = town.connect(&administrator, &made, &page).expect(200).json();
    town.networks.weather(Weather { broken: 1.0, ..Weather::default() });
    administrator.post(&address(&made, "/checks"), &Value::Null).problem(502, "network_refused");
    town.city.advance(Duration::from_secs(3600));
    town.city.run_jobs();
    assert_eq!(town.city.unsettled_jobs(), 1, "it is tried again");
    // An hour later the next look is due, and this one is given up.
    for _ in 0..8 {
        town.city.advance(Duration::from_secs(900));
        town.city.run_jobs();
    }
    let away = administrator.get(&address(&made, "")).expect(200).json();
    assert_eq!((&away["checked_at"], &away["state"]), (&first["checked_at"], &json!("connected")));
    assert_eq!(away["health"]["problems"].as_array().expect("problems").len(), 1, "{away}");
    let dead: Result<i64, StoreError> = town
        .city
        .app()
        .store()
        .read_now(|conn| Ok(jobs::table.filter(jobs::state.eq("dead")).count().get_result(conn)?));
    assert_eq!(dead.expect("counted"), 0);

    town.networks.weather(Weather::default());
    town.city.advance(Duration::from_secs(3600));
    town.city.run_jobs();
    let back = administrator.get(&address(&made, "")).expect(200).json();
    assert_eq!((&back["health"]["problems"], &back["health"]["hook"]), (&json!([]), &json!(true)));
    assert_eq!(town.city.unsettled_jobs(), 0);
}

fn a_silent_page_is_found(town: Town) {
    let administrator = town.city.sign_in(Role::Administrator);
    let (loud, silent) = (town.networks.page(Net::Telegram, "Громкая"), town.networks.page(Net::Telegram, "Тихая"));
    let registered: Vec<_> =
        [&loud, &silent].map(|page| town.register(&administrator, page, organisation::CITY)).into();
    town.register(&administrator, &town.networks.page(Net::Telegram, "Ничья"), organisation::CITY);
    for (made, page) in registered.iter().zip([&loud, &silent]) {
        town.connect(&administrator, made, page).expect(200);
    }
    let found =
        |hours: u32| ids(&administrator.get(&format!("/api/v1/pages?silent_for_hours={hours}")).expect(200).json());
    assert_eq!(found(1), Vec::<String>::new());
    town.city.advance(Duration::from_secs(2 * 3600));
    assert_eq!(found(1).len(), 2, "both are connected, and were never heard of");
    let (id, now) = (registered[0]["id"].as_str().unwrap().parse::<otklik::domain::Id>().unwrap(), town.city.now());
    let told: Result<usize, StoreError> = town.city.app().store().write_now(move |conn| {
        Ok(diesel::update(pages::table.find(id)).set(pages::last_event_at.eq(now)).execute(conn)?)
    });
    assert_eq!(told.expect("it is written"), 1);
    assert_eq!(found(1), [silent.account.as_str()]);
    assert_eq!(found(3), Vec::<String>::new());
}

fn import(by: &Client<'_>, query: &str, table: &str) -> Answer {
    by.ask("POST", &format!("/api/v1/pages/import{query}")).body("text/csv", table.as_bytes()).send()
}

fn a_table_of_pages_is_taken_whole_or_not_at_all(town: Town) {
    let administrator = town.city.sign_in(Role::Administrator);
    let organisations = ["Мэрия Лукоморска", "harbour-works", "Лукоморский водопровод", "Островной район"];
    let mut table = "\u{feff}Сеть;Организация;Название;Идентификатор;Адрес;Подписчики\n".to_owned();
    for n in 1..=462 {
        let network = ["ВКонтакте", "Одноклассники"][n % 2];
        let organisation = organisations[n % 4];
        table
            .push_str(&format!("{network};{organisation};\"Страница; {n}\";{};https://example.org/{n};10\n", 1000 + n));
    }
    let told = import(&administrator, "?dry_run=true", &table).expect(200).json();
    assert_eq!((&told["rows"], &told["added"], &told["faults"]), (&json!(462), &json!(462), &json!([])), "{told}");
    assert_eq!(told["unknown_columns"], json!(["Подписчики"]));
    let total = || administrator.get("/api/v1/pages?total=true&limit=1").expect(200).json()["total"].as_i64().unwrap();
    assert_eq!(total(), 0, "a dry run stores nothing");

    let faulty = table.replacen("ВКонтакте;Лукоморский водопровод", "Мой мир;Никто", 1) + "ВК;harbour-works;;1001;;\n";
    let told = import(&administrator, "?dry_run=true", &faulty).expect(200).json();
    let faults = told["faults"].as_array().expect("faults").clone();
    let places: Vec<_> = faults.iter().map(|f| (f["row"].as_u64().unwrap(), f["column"].as_str().unwrap())).collect();
    assert_eq!(places, [(3, "network"), (3, "organisation"), (464, "title")], "{faults:?}");
    let problem = import(&administrator, "", &faulty).problem(422, "invalid");
    let pointers: Vec<_> = problem["errors"].as_array().unwrap().iter().map(|e| e["pointer"].clone()).collect();
    assert_eq!(pointers, ["/rows/3/network", "/rows/3/organisation", "/rows/464/title"]);
    assert_eq!(total(), 0, "nothing is taken of a faulty table");

    let taken = import(&administrator, "", &table).expect(200).json();
    assert_eq!((&taken["added"], &taken["updated"], &taken["connecting"]), (&json!(462), &json!(0), &json!(0)));
    assert_eq!(total(), 462);
    let one = administrator.get("/api/v1/pages?account=1004").expect(200).json()["items"][0].clone();
    assert_eq!((&one["network"], &one["organisation"]), (&json!("vk"), &json!("harbour-city")));
    assert_eq!((&one["title"], &one["url"]), (&json!("Страница; 4"), &json!("https://example.org/4")));

    let again = import(&administrator, "?dry_run=false", &table).expect(200).json();
    assert_eq!((&again["added"], &again["unchanged"]), (&json!(0), &json!(462)));
    let renamed = "network,organisation,title,account\nvk,,Новое имя,1004\nvk,harbour-works,,1008\nvk,,,1012\n";
    let changed = import(&administrator, "", renamed).expect(200).json();
    assert_eq!((&changed["updated"], &changed["unchanged"]), (&json!(2), &json!(1)), "{changed}");
    let one = administrator.get("/api/v1/pages?account=1004").expect(200).json()["items"][0].clone();
    assert_eq!(
        (&one["title"], &one["organisation"], &one["url"]),
        (&json!("Новое имя"), &json!("harbour-city"), &json!("https://example.org/4"),)
    );

    let twice = "network\torganisation\ttitle\taccount\nvk\tharbour-works\tА\t7\nvk\tharbour-works\tБ\t7\n";
    let told = import(&administrator, "?dry_run=true", twice).expect(200).json();
    assert_eq!((&told["faults"][0]["row"], &told["faults"][0]["column"]), (&json!(3), &json!("account")), "{told}");
    import(&administrator, "", "a,b\n1,2\n").problem(400, "malformed");
    administrator.post("/api/v1/pages/import", &json!([])).problem(415, "unsupported_media_type");
    let long = format!("network,organisation,title,account\n{}", "vk,harbour-works,А,7\n".repeat(5001));
    import(&administrator, "", &long).problem(422, "invalid");
    let local = town.city.sign_in_at(Role::Administrator, organisation::CITY);
    import(&local, "?dry_run=true", &table).problem(403, "forbidden");
}

fn a_table_connects_the_pages_whose_keys_it_has(town: Town) {
    let administrator = town.city.sign_in(Role::Administrator);
    let (good, bad) = (town.networks.page(Net::Telegram, "Управа"), town.networks.page(Net::Telegram, "Дороги"));
    let broken = format!("{}x", bad.token);
    let table = format!(
        "network,organisation,title,account,key.token,key.other\ntelegram,harbour-city,Управа,{},{},\ntelegram,harbour-works,\
         Дороги,{},{broken},\ntelegram,harbour-works,Без ключа,-1007,,\n",
        good.account, good.token, bad.account
    );
    let told = import(&administrator, "?dry_run=true", &table).expect(200);
    assert!(!told.text().contains(&good.token));
    let strange = table.replacen(&format!("{},\n", good.token), &format!("{},x\n", good.token), 1);
    let fault = import(&administrator, "?dry_run=true", &strange).expect(200).json()["faults"][0].clone();
    assert_eq!((&fault["row"], &fault["column"]), (&json!(2), &json!("key.other")));

    let taken = import(&administrator, "", &table).expect(200).json();
    assert_eq!((&taken["added"], &taken["connecting"]), (&json!(3), &json!(2)), "{taken}");
    assert!(!stored(&town).contains(&good.token), "keys are sealed in the orders too");
    town.city.run_jobs();
    let of = |account: &str| {
        administrator.get(&format!("/api/v1/pages?account={account}")).expect(200).json()["items"][0].clone()
    };
    assert_eq!(
        (&of(&good.account)["state"], &of(&good.account)["health"]["hook"]),
        (&json!("connected"), &json!(true))
    );
    let refused = of(&bad.account);
    assert_eq!(refused["state"], "registered", "{refused}");
    assert!(refused["health"]["problems"][0].is_string() && !refused.to_string().contains(&broken), "{refused}");
    assert_eq!((&of("-1007")["state"], &of("-1007")["health"]), (&json!("registered"), &Value::Null));
    let again = import(&administrator, "?dry_run=true", &table).expect(200).json();
    assert_eq!(again["connecting"], 1, "what has its keys is left alone: {again}");
}

fn a_page_that_is_let_go_is_not_connected_by_an_order_from_before(town: Town) {
    let administrator = town.city.sign_in(Role::Administrator);
    let page = town.networks.page(Net::Telegram, "Управа");
    let table = format!(
        "network,organisation,title,account,key.token\ntelegram,harbour-city,Управа,{},{}\n",
        page.account, page.token
    );
    assert_eq!(import(&administrator, "", &table).expect(200).json()["connecting"], 1);
    let found = administrator.get("/api/v1/pages").expect(200).json()["items"][0].clone();
    administrator.ask("DELETE", &address(&found, "/connection")).send().expect(200);
    town.city.run_jobs();
    let after = administrator.get(&address(&found, "")).expect(200).json();
    assert_eq!((&after["state"], &after["keys"]), (&json!("registered"), &json!([])), "{after}");
    assert!(!stored(&town).contains(&page.token));
}

fn a_workbook_is_a_table_too(town: Town) {
    let administrator = town.city.sign_in(Role::Administrator);
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet().set_name("Страницы").expect("a name");
    for (column, title) in ["Сеть", "Организация", "Название", "Идентификатор", "Приём"].iter().enumerate()
    {
        sheet.write(1, u16::try_from(column).unwrap(), *title).expect("a cell");
    }
    sheet.write(0, 0, "Официальные страницы").expect("a cell");
    for (row, (network, way)) in [("ВК", ""), ("Телеграм", "опрос"), ("MAX", "как-нибудь")].iter().enumerate()
    {
        let row = u32::try_from(row).unwrap() + 2;
        sheet.write(row, 0, *network).expect("a cell");
        sheet.write(row, 1, "Управа Лукоморска").expect("a cell");
        sheet.write(row, 2, format!("Страница {row}")).expect("a cell");
        sheet.write(row, 3, -1000.0 - f64::from(row)).expect("a cell");
        sheet.write(row, 4, *way).expect("a cell");
    }
    sheet.write(2, 3, 1234).expect("a cell");
    let bytes = book.save_to_buffer().expect("a workbook");
    let kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    let send =
        |query: &str| administrator.ask("POST", &format!("/api/v1/pages/import{query}")).body(kind, &bytes).send();
    let told = send("?dry_run=true").expect(200).json();
    let faults = told["faults"].as_array().unwrap();
    assert_eq!((told["rows"].as_u64(), faults.len()), (Some(3), 1), "{told}");
    assert_eq!(faults[0]["sheet"], "Страницы");
    assert_eq!((&faults[0]["row"], &faults[0]["column"]), (&json!(5), &json!("listening")));
    let problem = send("").problem(422, "invalid");
    assert!(problem["detail"].as_str().unwrap().contains("«Страницы»"), "{problem}");
    administrator.ask("POST", "/api/v1/pages/import").body(kind, b"no workbook").send().problem(400, "malformed");
}

fn every_network_says_what_it_needs(town: Town) {
    let told = town.city.sign_in_at(Role::Approver, organisation::ISLAND).get("/api/v1/networks").expect(200).json();
    let items = told["items"].as_array().expect("items");
    let names: Vec<_> = items.iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["vk", "ok", "telegram", "max"]);
    for one in items {
        assert!(one["keys"].as_array().unwrap().iter().any(|key| key["needed"] == true), "{one}");
        assert!(one["comment_limit"]["most"].as_i64().unwrap() > 100 && one["pace"]["token_ms"].is_i64(), "{one}");
    }
    assert_eq!((&items[0]["delivery"], &items[2]["delivery"]), (&json!("exactly once"), &json!("at least once")));
    assert_eq!(items[2]["comment_limit"]["counted"], "utf16");
}

fn another_master_key_than_the_pages_keys_were_sealed_with_does_not_start(town: Town) {
    let administrator = town.city.sign_in(Role::Administrator);
    let page = town.networks.page(Net::Telegram, "Управа");
    let made = town.register(&administrator, &page, organisation::CITY);
    let mut config = town.city.app().config().clone();
    config.secrets.key = MasterKey::new([8; 32]);
    let now = town.city.now();
    let start = || App::start(config.clone(), std::sync::Arc::new(move || now)).map(drop);
    start().expect("nothing is sealed yet");
    town.connect(&administrator, &made, &page).expect(200);
    assert!(matches!(start(), Err(CannotStart::WrongKey)));
}
