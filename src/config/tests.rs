use super::*;

const KEY: &str = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";

fn variables<'a>(pairs: &'a [(&'a str, &'a str)]) -> impl Iterator<Item = (String, String)> + 'a {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
}

fn faults(text: &str, pairs: &[(&str, &str)]) -> Vec<String> {
    Config::read(text, variables(pairs)).unwrap_err().0.iter().map(ToString::to_string).collect()
}

#[test]
fn the_example_file_is_the_defaults() {
    let example = include_str!("../../deploy/otklik.example.toml");
    let read = Config::read(example, variables(&[("OTKLIK_SECRETS__KEY", KEY)])).unwrap();
    assert_eq!(read, Config::new(MasterKey::new([1; 32])));
}

#[test]
fn the_example_file_shows_every_key() {
    let example = include_str!("../../deploy/otklik.example.toml");
    let table: toml::Table = example.parse().unwrap();
    let shown: usize = table.values().map(|section| section.as_table().unwrap().len()).sum();
    // All but those without a default, which are shown in a comment.
    assert_eq!(shown, 31);
    for key in
        ["# key = ", "# url = ", "# from = ", "# public_url = ", "# extra_roots = ", "# outlines = ", "# tiles = "]
    {
        assert!(example.contains(key), "{key}");
    }
}

#[test]
fn a_variable_overrides_the_file() {
    let text = "[limits]\nin_flight = 10\n[delivery]\nallow_private = false";
    let config = Config::read(
        text,
        variables(&[
            ("OTKLIK_SECRETS__KEY", KEY),
            ("OTKLIK_LIMITS__IN_FLIGHT", "20"),
            ("OTKLIK_DELIVERY__ALLOW_PRIVATE", "true"),
            ("OTKLIK_TOKEN", "not a setting"),
            ("HOME", "/root"),
        ]),
    )
    .unwrap();
    assert_eq!(config.limits.in_flight, 20);
    assert!(config.delivery.allow_private);
}

#[test]
fn a_mail_server_needs_a_sender_and_an_address_to_lead_to() {
    let key = [("OTKLIK_SECRETS__KEY", KEY)];
    let text = "
        [listen]
        public_url = \"https://otklik.example.org/\"
        [mail]
        url = \"smtp://otklik:tiger@mail.example.org:587?tls=required\"
        from = \"Отклик <otklik@example.org>\"
        digest_minutes = 0
    ";
    let config = Config::read(text, variables(&key)).unwrap();
    assert!(!format!("{:?}", config.mail).contains("tiger"));
    assert_eq!(config.mail.server.unwrap().from.name.as_deref(), Some("Отклик"));
    assert_eq!(config.listen.public_url.as_deref(), Some("https://otklik.example.org"));
    let alone = faults("[mail]\nurl = \"smtp://localhost:25\"", &key);
    assert_eq!(alone.len(), 2, "{alone:?}");
    assert!(alone[0].starts_with("mail.from: is missing") && alone[1].starts_with("listen.public_url: is missing"));
    let wrong =
        "[mail]\nurl = \"http://u:tiger@mail\"\nfrom = \"nobody\"\n[listen]\npublic_url = \"otklik.example.org\"";
    let wrong = faults(wrong, &key);
    assert_eq!(wrong.len(), 3, "{wrong:?}");
    assert!(wrong[1].starts_with("mail.url: should be smtp://") && !wrong.join("").contains("tiger"), "{wrong:?}");
}

#[test]
fn lists_are_lists_in_the_file_and_have_commas_in_a_variable() {
    let nets = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect::<Vec<ipnet::IpNet>>();
    let text = "[listen]\nproxies = [\"10.0.0.0/8\"]\n[networks]\nodnoklassniki_from = []";
    let config = Config::read(text, variables(&[("OTKLIK_SECRETS__KEY", KEY)])).unwrap();
    assert_eq!((config.listen.proxies, config.networks.odnoklassniki_from), (nets(&["10.0.0.0/8"]), Vec::new()));
    let given = [("OTKLIK_SECRETS__KEY", KEY), ("OTKLIK_LISTEN__PROXIES", "::1/128, 127.0.0.0/8")];
    assert_eq!(Config::read(text, variables(&given)).unwrap().listen.proxies, nets(&["::1/128", "127.0.0.0/8"]));
    let wrong = "[listen]\nproxies = [\"10.0.0.0/8\", 1]\n[networks]\nmax = \"max.ru\"\nextra_roots = \"/nowhere\"";
    assert_eq!(faults(wrong, &[("OTKLIK_SECRETS__KEY", KEY)]).len(), 3);
}

#[test]
fn every_fault_is_told_at_once() {
    let text = "
        [listen]
        address = \"somewhere\"
        wokers = 3
        [limits]
        in_flight = 0
        body_bytes = \"big\"
        [log]
        format = \"xml\"
    ";
    assert_eq!(
        faults(text, &[("OTKLIK_WORKER__POLL_SECONDS", "soon")]),
        [
            "secrets.key: is missing; it should be 32 random bytes in base64, as from `openssl rand -base64 32`",
            "listen.address = \"somewhere\": should be ADDRESS:PORT",
            "limits.body_bytes = \"big\": should be a whole number from 1024 to 67108864",
            "limits.in_flight = 0: should be a whole number from 1 to 100000",
            "log.format = \"xml\": should be \"text\" or \"json\"",
            "worker.poll_seconds (from OTKLIK_WORKER__POLL_SECONDS) = \"soon\": should be a whole number from 1 to 300",
            "listen.wokers: there is no such key",
        ]
    );
}

#[test]
fn a_secret_is_never_shown() {
    let text = "
        [database]
        url = \"mysql://otklik:tiger@db/otklik\"
        [secrets]
        key = \"tiger\"
        kye = \"tiger\"
    ";
    let all = faults(text, &[]).join("\n");
    assert!(!all.contains("tiger"), "{all}");
    assert_eq!(faults(text, &[]).len(), 3);

    let config = Config::read("", variables(&[("OTKLIK_SECRETS__KEY", KEY)])).unwrap();
    assert!(!format!("{config:?}").contains("[1, 1"));
}

#[test]
fn a_file_that_is_not_toml_names_its_line() {
    assert_eq!(faults("[listen]\naddress = ", &[]).len(), 1);
    let fault = &faults("[secrets]\nkey = tiger", &[])[0];
    assert!(fault.starts_with("the file: is not TOML: line 2: ") && !fault.contains("tiger"), "{fault}");
}
