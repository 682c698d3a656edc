//! The map: clusters that lead to lists, and the same as a table.

use otklik::domain::Role;
use serde_json::json;

use crate::harness::crew::Crew;
use crate::harness::server::{City, message, organisation};
use crate::window::{Screen, Window};

both_engines! {
    clusters_lead_closer_and_to_lists,
    a_map_without_anything_says_so,
}

/// Incidents at two ends of the city: three here, one there.
fn placed(city: &City) {
    let crew = Crew::of(city);
    for (n, (lat, lon)) in
        [(54.98, 73.30), (54.982, 73.3015), (54.9845, 73.303), (55.05, 73.52)].into_iter().enumerate()
    {
        let mut told = message(&n.to_string(), "На Портовой яма");
        told["topic"] = json!("hole-in-road");
        told["place"] = json!({ "lat": lat, "lon": lon });
        city.complaint(&crew.source, told);
    }
    crew.assigned("nowhere");
}

fn clusters_lead_closer_and_to_lists(city: City) {
    placed(&city);
    for screen in [Screen::DESK, Screen::DARK, Screen::PHONE, Screen::PLAIN] {
        let window = Window::of_member(&city, Role::Coordinator, organisation::CITY, screen);
        window.go("/map");
        window.wait_text("#map-said", "4 обращения с местом, 2 скопления");
        assert_eq!(window.texts("tbody td.figure"), ["3", "1"]);
        if screen.scripts {
            window.is_accessible();
            let wide = window.script("return document.documentElement.scrollWidth - innerWidth");
            assert!(wide.as_i64().unwrap() <= 0, "{wide} px too wide");
            window.picture(&format!("map-{}-{}", screen.width, if screen.dark { "dark" } else { "light" }));
        }
        // The list of a cluster holds what the cluster counts.
        window.click_text("tbody a", "Списком");
        window.wait_path("/search?within=");
        window.until("three to be found", || window.count(".rows > li") == 3);
        window.go("/map");
        window.click(".drawing a:last-of-type");
        window.wait_path("/map?within=");
        window.click_text(".ways a", "Дальше");
        window.click_text(".ways a", "Всё");
        window.wait_text("#map-said", "4 обращения");
        window.click("input[name=step][value=approval]");
        window.click_text(".asking button", "Показать");
        window.wait_path("/map?step=approval");
        window.wait(".empty");
    }
}

fn a_map_without_anything_says_so(city: City) {
    let window = Window::of_member(&city, Role::Executor, organisation::WORKS, Screen::DESK);
    window.go("/map");
    window.wait_text("#map-said", "0 обращений");
    window.wait(".empty");
    window.is_accessible();
    window.go("/map?within=1,2");
    window.wait_text("[role=alert]", "границы в градусах");
}
