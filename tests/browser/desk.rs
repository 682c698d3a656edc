//! The moderators' desk, as moderators use it: by keyboard, two at once, with a network that fails.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use otklik::domain::{Id, Role};
use serde_json::{Value, json};

use crate::harness::client::Client;
use crate::harness::server::{City, Source, message, organisation};
use crate::host;
use crate::window::{Screen, Window};

both_engines! {
    thirty_complaints_are_triaged_by_keyboard_alone, two_moderators_never_draw_the_same_card, who_is_faster_shows_in_a_merge_view,
    a_decision_is_taken_back_in_full, five_hundred_are_decided_about_by_filter_and_taken_back, a_minute_without_network_loses_and_doubles_nothing,
    what_others_do_is_seen_as_it_happens, another_replica_tells_the_same, without_scripts_it_is_forms_and_links, what_residents_write_is_text,
    the_desk_is_accessible, put_off_marked_and_found, a_card_shows_what_is_around_it,
    a_script_is_told_in_the_language_of_its_page, what_comes_in_is_shown_where_nothing_was,
}

/// Complaints that wait for a moderator.
fn waiting(city: &City, source: &Source, count: usize) -> Vec<Id> {
    let told: Vec<Value> =
        (0..count).map(|n| message(&format!("w-{n}"), &format!("Жалоба номер {n}: не работает фонарь"))).collect();
    told.chunks(100).flat_map(|some| ids(&city.push(source, some).expect(200).json())).collect()
}

fn ids(taken: &Value) -> Vec<Id> {
    let results = taken["results"].as_array().expect("results");
    results.iter().map(|one| one["incident"].as_str().expect("an incident").parse().expect("an id")).collect()
}

fn incident(client: &Client<'_>, id: &str) -> Value {
    client.get(&format!("/api/v1/incidents/{id}")).expect(200).json()
}

fn events(client: &Client<'_>, id: &str) -> Vec<String> {
    let events = client.get(&format!("/api/v1/incidents/{id}/events?limit=200")).expect(200).json();
    let items = events["items"].as_array().expect("events").clone();
    assert!(items.iter().all(|event| event["intact"] == true), "the chain of {id} is broken");
    items.iter().map(|event| event["kind"].as_str().expect("a kind").to_owned()).collect()
}

/// The desk, with a card and others drawn ahead.
fn at_desk(window: &Window) {
    window.wait(".card");
    window.wait_text("#live", "На связи");
}

fn card(window: &Window) -> String {
    window.attribute(".card", "data-id").expect("a card")
}

/// Waits for another card than this one.
fn after(window: &Window, before: &str) {
    window
        .until("the next card", || window.script("return document.querySelector('.card')?.dataset.id ?? ''") != before);
}

/// Waits until everything that was decided has been saved.
fn saved(window: &Window) {
    let unsent =
        "return Object.entries(localStorage).filter(([k, v]) => k.startsWith('otklik.outbox') && v !== '[]').length";
    window.until("the decisions to be saved", || window.script(unsent) == 0);
}

fn thirty_complaints_are_triaged_by_keyboard_alone(city: City) {
    let source = city.source();
    waiting(&city, &source, 34);
    let window = Window::of(&city, Role::Moderator, Screen::DESK);
    at_desk(&window);
    let (mut decided, mut dismissed) = (Vec::new(), Vec::new());
    for n in 0..30 {
        let before = card(&window);
        match n % 10 {
            3 => {
                // The urgency first, then what was suggested.
                window.press("KeyP");
                window.wait("details.active[data-key=KeyP]");
                window.press("Escape");
                window.press("KeyP");
                window.wait("details.active[data-key=KeyP]");
                window.press("Digit5");
                window.until("the card with its new urgency", || {
                    let pressed = window
                        .script("return document.querySelector('[name=severity][aria-pressed=true]')?.value ?? ''");
                    pressed == "5" && card(&window) == before
                });
                window.press("Digit1");
                decided.push(before.clone());
            }
            7 => {
                window.press("KeyS");
                window.wait("details.active[data-key=KeyS]");
                window.press("Digit6");
                dismissed.push(before.clone());
            }
            _ => {
                window.press("Digit1");
                decided.push(before.clone());
            }
        }
        after(&window, &before);
    }
    saved(&window);
    let controller = city.sign_in(Role::Controller);
    assert_eq!((decided.len(), dismissed.len()), (27, 3));
    for id in &decided {
        assert_eq!(incident(&controller, id)["step"], "assigned", "{id}");
    }
    for id in &dismissed {
        assert_eq!(incident(&controller, id)["close_reason"], "no_problem", "{id}");
    }
    let urgent = decided.iter().filter(|id| incident(&controller, id)["severity"] == 5).count();
    assert_eq!(urgent, 3);
    let left = controller.get("/api/v1/incidents?step=distribution&total=true").expect(200).json();
    assert_eq!(left["total"], 4);
    city.run_jobs();
}

fn two_moderators_never_draw_the_same_card(city: City) {
    let source = city.source();
    waiting(&city, &source, 24);
    let one = Window::of(&city, Role::Moderator, Screen::DESK);
    let other = Window::of(&city, Role::Moderator, Screen::DESK);
    at_desk(&one);
    at_desk(&other);
    let mut seen = [Vec::new(), Vec::new()];
    for _ in 0..10 {
        for (window, seen) in [&one, &other].into_iter().zip(&mut seen) {
            let before = card(window);
            window.press("Digit1");
            after(window, &before);
            seen.push(before);
        }
    }
    saved(&one);
    saved(&other);
    let all: BTreeSet<&String> = seen.iter().flatten().collect();
    assert_eq!(all.len(), 20, "{seen:?}");
    let controller = city.sign_in(Role::Controller);
    for id in all {
        let assigned = events(&controller, id).iter().filter(|kind| *kind == "assigned").count();
        assert_eq!(assigned, 1, "{id}");
    }
    city.run_jobs();
}

fn who_is_faster_shows_in_a_merge_view(city: City) {
    let source = city.source();
    waiting(&city, &source, 8);
    for screen in [Screen::DESK, Screen::PLAIN] {
        let window = Window::of(&city, Role::Moderator, screen);
        window.wait(".card");
        if screen.scripts {
            at_desk(&window);
        }
        let id = card(&window);
        let controller = city.sign_in(Role::Controller);
        // Without a word to the window: what it sees is old before it hears of it.
        window.network(!screen.scripts);
        let change = json!({ "severity": 4 });
        controller.patch(&format!("/api/v1/incidents/{id}"), &change).expect(200);
        if screen.scripts {
            window.press("Digit1");
            window.network(true);
        } else {
            window.click(".suggestion");
        }
        window.wait_text(".stale", "Пока вы смотрели, обращение изменилось");
        assert_eq!(card(&window), id);
        assert!(window.text(".stale").contains("Исправлено"), "{}", window.text(".stale"));
        assert_eq!(incident(&controller, &id)["step"], "distribution");
        if screen.scripts {
            window.is_accessible();
        }
        window.picture(if screen.scripts { "desk-stale" } else { "desk-stale-plain" });
        window.click(".stale button");
        window.until("the decision to be applied", || incident(&controller, &id)["step"] == "assigned");
    }
    city.run_jobs();
}

fn a_decision_is_taken_back_in_full(city: City) {
    let source = city.source();
    waiting(&city, &source, 3);
    let window = Window::of(&city, Role::Moderator, Screen::DESK);
    at_desk(&window);
    let controller = city.sign_in(Role::Controller);
    for keys in [&["Digit1"][..], &["KeyS", "Digit1"]] {
        let id = card(&window);
        let (was, clocks) =
            (incident(&controller, &id), controller.get(&format!("/api/v1/incidents/{id}/clocks")).expect(200).json());
        keys.iter().for_each(|key| window.press(key));
        after(&window, &id);
        window.wait("#undo button");
        assert_ne!(incident(&controller, &id)["step"], "distribution");
        window.press("KeyZ");
        window.until("the card to be back", || card(&window) == id);
        let is = incident(&controller, &id);
        for field in [
            "step",
            "organisation",
            "executor",
            "topic",
            "close_reason",
            "closed_at",
            "due_at",
            "kind",
            "severity",
            "assigned_at",
        ] {
            assert_eq!(was[field], is[field], "{field}");
        }
        assert_eq!(controller.get(&format!("/api/v1/incidents/{id}/clocks")).expect(200).json(), clocks);
        assert_eq!(events(&controller, &id).last().expect("events"), "undone");
        // And decided again, as if it were for the first time.
        window.press("Digit1");
        after(&window, &id);
        saved(&window);
        assert_eq!(incident(&controller, &id)["step"], "assigned");
    }
    city.run_jobs();
}

fn five_hundred_are_decided_about_by_filter_and_taken_back(city: City) {
    let source = city.source();
    waiting(&city, &source, 500);
    let controller = city.sign_in(Role::Controller);
    let count = |step: &str| {
        controller.get(&format!("/api/v1/incidents?step={step}&total=true&limit=1")).expect(200).json()["total"].clone()
    };
    let window = Window::of(&city, Role::Moderator, Screen::PLAIN);
    window.go("/desk/bulk?queue=distribution");
    window.wait_text("#count", "500");
    assert_eq!(window.count(".others li"), 10);
    window.click_text("main form button", "Назначить по правилам");
    window.wait_path("/desk/batches/");
    city.run_jobs();
    window.wait_text("#done", "500");
    assert_eq!((count("assigned"), count("distribution")), (json!(500), json!(0)));
    // Somebody goes on with one of them: that one stays as it is.
    let first = controller.get("/api/v1/incidents?step=assigned&limit=1").expect(200).json()["items"][0]["id"].clone();
    let change = json!({ "severity": 5 });
    controller.patch(&format!("/api/v1/incidents/{}", first.as_str().expect("an id")), &change).expect(200);
    window.click_text("main form button", "Отменить целиком");
    window.wait_text("#said", "Отменяется");
    city.run_jobs();
    window.wait_text("#undone", "499");
    window.wait_text("#refused", "1");
    assert_eq!((count("assigned"), count("distribution")), (json!(1), json!(499)));
}

fn a_minute_without_network_loses_and_doubles_nothing(city: City) {
    let source = city.source();
    waiting(&city, &source, 12);
    let window = Window::of(&city, Role::Moderator, Screen::DESK);
    at_desk(&window);
    // Cards are drawn ahead before the network goes.
    window.until("cards ahead", || {
        let held = city.sign_in(Role::Controller).get("/api/v1/incidents?step=distribution&limit=1").status == 200;
        held && window
            .script("return performance.getEntriesByType('resource').filter(e => e.name.includes('/desk/draw')).length")
            != 0
    });
    let began = Instant::now();
    window.network(false);
    let mut decided = Vec::new();
    for _ in 0..3 {
        let before = card(&window);
        window.press("Digit1");
        after(&window, &before);
        decided.push(before);
    }
    window.wait_text("#pending", "3 ещё не отправлено");
    let controller = city.sign_in(Role::Controller);
    for id in &decided {
        assert_eq!(incident(&controller, id)["step"], "distribution");
    }
    // What happens meanwhile is seen when the network is back.
    let meanwhile = waiting(&city, &source, 13).pop().expect("a new one").to_string();
    while began.elapsed() < Duration::from_secs(60) {
        std::thread::sleep(Duration::from_millis(250));
    }
    window.network(true);
    window.until("the decisions to be sent", || window.texts("#pending").concat().is_empty());
    saved(&window);
    window.wait_text("#live", "На связи");
    for id in &decided {
        let assigned = events(&controller, id).iter().filter(|kind| *kind == "assigned").count();
        assert_eq!(assigned, 1, "{id}");
    }
    window.wait_text("button.new", "нов");
    window.click("button.new");
    window.wait(&format!("#rows [data-id='{meanwhile}']"));
    city.run_jobs();
}

fn what_comes_in_is_shown_where_nothing_was(city: City) {
    let source = city.source();
    let window = Window::of(&city, Role::Moderator, Screen::DESK);
    window.wait_text("#card .empty", "Всё разобрано");
    window.wait_text("#live", "На связи");
    let first = city.complaint(&source, message("first", "Во дворе нет света"));
    window.until("the first card", || window.count(".card") == 1);
    assert_eq!(card(&window), first.to_string());
    // Without network nothing comes, and nobody is told that all is done.
    window.network(false);
    window.press("Digit1");
    window.wait_text("#card .empty", "Связи нет");
    let second = city.complaint(&source, message("second", "Во дворе опять нет света"));
    window.network(true);
    window.until("the second card", || window.count(".card") == 1);
    assert_eq!(card(&window), second.to_string());
    saved(&window);
    city.run_jobs();
}

fn what_others_do_is_seen_as_it_happens(city: City) {
    let source = city.source();
    let all = waiting(&city, &source, 4);
    let window = Window::of(&city, Role::Moderator, Screen::DESK);
    at_desk(&window);
    let first = window.attribute("#rows > li", "data-id").expect("a row");
    // A new one waits behind a button: the list does not jump.
    city.complaint(&source, message("new", "Новая жалоба на фонарь"));
    window.wait_text("button.new", "1");
    assert_eq!(window.attribute("#rows > li", "data-id").expect("a row"), first);
    assert_eq!(window.count("#rows > li"), 4);
    // What somebody decides goes grey in its place.
    let other = all.iter().map(Id::to_string).find(|id| *id != card(&window)).expect("another");
    let controller = city.sign_in(Role::Controller);
    controller.post(&format!("/api/v1/incidents/{other}/dismissals"), &json!({ "reason": "repeat" })).expect(200);
    window.wait(&format!("#rows > .gone[data-id='{other}']"));
    window.wait_text("[data-count=distribution]", "4");
    // What somebody changes of the card that is open is said.
    let mine = card(&window);
    controller.patch(&format!("/api/v1/incidents/{mine}"), &json!({ "severity": 5 })).expect(200);
    window.click(".changed button");
    window.until("the card as it is now", || window.count(".changed") == 0 && card(&window) == mine);
    assert!(window.text(".complaint .facts").contains("5 — опасность"));
    // Who looks at what.
    let second = Window::of(&city, Role::Moderator, Screen::DESK);
    at_desk(&second);
    window.wait_text("#rows .holder", "смотрит");
    city.run_jobs();
}

fn another_replica_tells_the_same(city: City) {
    let source = city.source();
    let all = waiting(&city, &source, 2);
    let login = city.hire(Role::Moderator, organisation::ROOT);
    let replica = city.replica();
    let window = Window::at(&replica.url(), Screen::DESK);
    window.sign_in(&login, crate::harness::server::PASSWORD);
    at_desk(&window);
    let other = all.iter().map(Id::to_string).find(|id| *id != card(&window)).expect("another");
    // Decided through the first process, seen through the second.
    let dismissal = json!({ "reason": "repeat" });
    city.sign_in(Role::Controller).post(&format!("/api/v1/incidents/{other}/dismissals"), &dismissal).expect(200);
    window.wait(&format!("#rows > .gone[data-id='{other}']"));
    city.complaint(&source, message("new", "Новая жалоба на фонарь"));
    window.wait_text("button.new", "1");
    // A stream that broke off goes on where it was: nothing is lost in between.
    window.network(false);
    let lost = city.complaint(&source, message("lost", "Ещё одна жалоба на фонарь")).to_string();
    window.network(true);
    window.wait_text("button.new", "2");
    window.click("button.new");
    window.wait(&format!("#rows > [data-id='{lost}']"));
    assert_eq!(window.count("#rows > li"), 3);
    city.run_jobs();
}

fn without_scripts_it_is_forms_and_links(city: City) {
    let source = city.source();
    waiting(&city, &source, 5);
    let window = Window::of(&city, Role::Moderator, Screen::PLAIN);
    let first = card(&window);
    window.click(".suggestion");
    window.wait_text("#said", "Решение сохранено");
    let second = card(&window);
    assert_ne!(first, second);
    let controller = city.sign_in(Role::Controller);
    assert_eq!(incident(&controller, &first)["step"], "assigned");
    window.click("#undo button");
    window.wait_text("#said", "Решение отменено");
    assert_eq!(card(&window), first);
    assert_eq!(incident(&controller, &first)["step"], "distribution");
    window.click("details[data-key=KeyS] summary");
    window.click("button[name=reason][value=repeat]");
    window.wait_text("#said", "Решение сохранено");
    assert_eq!(incident(&controller, &first)["close_reason"], "repeat");
    let third = card(&window);
    window.click_text("form[data-decision=later] button", "Позже");
    window.wait_text("#said", "Отложено");
    assert_ne!(card(&window), third);
    window.click(&format!("#rows [data-id='{third}'] a"));
    window.until("the card that was chosen", || card(&window) == third);
    window.click("details[data-key=KeyC] summary");
    window.choose("details[data-key=KeyC] select", "hole-in-road");
    window.click("details[data-key=KeyC] button");
    window.wait_text("#said", "Решение сохранено");
    assert_eq!(incident(&controller, &third)["topic"], "hole-in-road");
    assert_eq!(card(&window), third);
    city.run_jobs();
}

fn what_residents_write_is_text(city: City) {
    let source = city.source();
    let evil = "<script>window.hacked = 1</script><img src=x onerror='window.hacked = 2'>\"'><svg onload=alert(1)> {{7*7}} javascript:alert(1)";
    let mut told = message("evil", evil);
    told["author"]["name"] = json!(evil);
    told["url"] = json!("javascript:alert(1)");
    let id = city.complaint(&source, told);
    let window = Window::of(&city, Role::Moderator, Screen::DESK);
    at_desk(&window);
    assert_eq!(card(&window), id.to_string());
    assert!(window.text(".lead").contains("<script>window.hacked"));
    assert_eq!(window.count(".card script, .card img, .card svg, #rows script, #rows img, a[href^='javascript:']"), 0);
    // Not by the live view either, nor by what is drawn by scripts.
    let mut again = message("evil-2", evil);
    again["author"]["name"] = json!(evil);
    city.complaint(&source, again);
    window.wait("button.new:not([hidden])");
    window.click("button.new");
    window.until("both rows", || window.count("#rows > li") == 2);
    window.press("Digit1");
    after(&window, &id.to_string());
    assert_eq!(window.count(".card script, .card img, .card svg, #rows script, #rows img"), 0);
    assert_eq!(window.script("return window.hacked ?? null"), Value::Null);
    saved(&window);
    city.run_jobs();
}

fn a_card_shows_what_is_around_it(city: City) {
    let city = City::with(city.database().on_engine(), |config| config.delivery.allow_private = true);
    let source = city.source();
    city.complaint(&source, message("above", "Второй день без воды на всей улице"));
    let mut told = message("told", "И у нас нет, вот что течёт из крана");
    told["form"] = json!("comment");
    told["post"] = json!("above");
    told["parent"] = json!("above");
    told["attachments"] =
        json!([{ "kind": "photo", "url": format!("{}/dot.png", host::picture()), "name": "кран.png" }]);
    told["place"] = json!({ "lat": 54.98, "lon": 73.37 });
    let id = city.complaint(&source, told);
    city.run_jobs();
    for screen in [Screen::DESK, Screen::DARK] {
        let window = Window::of(&city, Role::Moderator, screen);
        window.go(&format!("/desk?id={id}"));
        window.wait_text(".talk", "Второй день без воды на всей улице");
        assert_eq!(window.texts(".talk h3"), ["Над обращением"]);
        let drawn =
            "return [...document.querySelectorAll('.complaint img')].filter(one => one.naturalWidth > 0).length";
        window.until("the picture and the map", || window.script(drawn) == 2);
        assert_eq!(window.attribute(".files img", "alt").as_deref(), Some("кран.png"));
        window.is_accessible();
        window.picture(if screen.dark { "desk-around-dark" } else { "desk-around-light" });
        window.click(".whereabouts");
        window.wait_path("/map?within=");
        window.wait_text("#map-said", "1 обращение с местом");
    }
}

fn the_desk_is_accessible(city: City) {
    let source = city.source();
    for screen in [Screen::DESK, Screen::DARK] {
        let theme = if screen.dark { "dark" } else { "light" };
        let window = Window::of(&city, Role::Moderator, screen);
        window.go("/desk?queue=control");
        window.wait(".empty");
        window.is_accessible();
        window.picture(&format!("desk-empty-{theme}"));
    }
    let word = "Слово о дворе, где давно не убирают снег и не чинят дорогу. ";
    let mut long = message("long", &word.repeat(180));
    long["author"]["name"] = json!("Константин Константинопольский-Переславль-Залесский из очень длинного имени");
    city.complaint(&source, long);
    waiting(&city, &source, 30);
    for screen in [Screen::DESK, Screen::DARK, Screen { width: 1280, height: 800, ..Screen::DESK }, Screen::PHONE] {
        let name = format!("{}-{}", screen.width, if screen.dark { "dark" } else { "light" });
        let window = Window::of(&city, Role::Moderator, screen);
        at_desk(&window);
        window.is_accessible();
        window.picture(&format!("desk-{name}"));
        for key in ["KeyD", "KeyS", "KeyP", "KeyR"] {
            window.press(key);
            window.wait(&format!("details.active[data-key={key}]"));
            window.is_accessible();
            window.picture(&format!("desk-{name}-{key}"));
            window.press("Escape");
        }
        window.press_with("Slash", 8);
        window.wait("dialog[open] .keys");
        window.is_accessible();
        window.picture(&format!("desk-{name}-keys"));
        window.press("Escape");
        window.until("the dialog to close", || window.count("dialog[open]") == 0);
        window.press_with("KeyK", 2);
        window.wait("dialog[open] .palette");
        window.is_accessible();
        window.go("/desk/bulk?queue=distribution");
        window.is_accessible();
        window.picture(&format!("desk-bulk-{name}"));
    }
}

fn put_off_marked_and_found(city: City) {
    let source = city.source();
    waiting(&city, &source, 6);
    let window = Window::of(&city, Role::Moderator, Screen::DESK);
    at_desk(&window);
    let first = card(&window);
    window.press("KeyL");
    after(&window, &first);
    // What was put off is not drawn again by whoever put it off, but by others.
    let other = Window::of(&city, Role::Moderator, Screen::DESK);
    at_desk(&other);
    assert_eq!(card(&other), first);
    drop(other);
    // Another organisation, found by typing.
    let second = card(&window);
    window.press("KeyD");
    window.wait("details.active[data-key=KeyD] input[type=search]");
    window.type_text("остров");
    window.wait_text("[data-outlook]", "ответ до");
    window.press("Enter");
    after(&window, &second);
    saved(&window);
    let controller = city.sign_in(Role::Controller);
    assert_eq!(incident(&controller, &second)["organisation"], organisation::ISLAND);
    // Marked rows are decided about together.
    window.press("KeyJ");
    window.press("KeyX");
    window.press("KeyJ");
    window.press("KeyJ");
    window.press_with("KeyX", 8);
    window.wait_text("a.marker", "3 отмечено");
    window.press("KeyA");
    window.wait_path("/desk/bulk");
    window.wait_text("#count", "обращен");
    // A queue by its letter.
    window.go("/desk");
    at_desk(&window);
    window.press("KeyG");
    window.press("KeyK");
    window.wait_path("/desk?queue=control");
    city.run_jobs();
}

fn a_script_is_told_in_the_language_of_its_page(city: City) {
    let id = waiting(&city, &city.source(), 1)[0];
    let window = Window::of(&city, Role::Moderator, Screen::DESK);
    at_desk(&window);
    let asked = format!(
        "const done = arguments[0]; const proof = document.querySelector('main.desk').dataset.proof; \
         const body = new URLSearchParams({{ action: 'dismiss', reason: 'x' }}); \
         fetch('/desk/cards/{id}/decide', {{ method: 'POST', headers: {{ accept: 'application/json', 'x-otklik-proof': proof }}, body }}) \
         .then(answer => answer.json()).then(problem => done([problem.code, problem.detail]))"
    );
    let told = "Что-то заполнено неверно. Причина: такого значения нет, выберите из предложенных";
    assert_eq!(window.script_async(&asked), json!(["invalid", told]));
}
