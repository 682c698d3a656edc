//! The map: clusters that lead to lists, and the same as a table.

use otklik::config::Tiles;
use otklik::domain::Role;
use otklik::domain::map::Outline;
use serde_json::json;

use crate::harness::crew::Crew;
use crate::harness::server::{City, message, organisation};
use crate::host;
use crate::window::{Screen, Window};

both_engines! {
    clusters_lead_closer_and_to_lists,
    a_map_without_anything_says_so,
    tiles_are_put_under_the_drawing,
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

fn tiles_are_put_under_the_drawing(city: City) {
    let host = host::picture();
    let tiles = Tiles::read(&format!("{host}/{{z}}/{{x}}/{{y}}.png")).expect("an address of tiles");
    let outlines = r#"{"features":[{"properties":{"name":"Город"},"geometry":{"type":"Polygon",
        "coordinates":[[[73.2,54.9],[73.6,54.9],[73.6,55.1],[73.2,55.1],[73.2,54.9]]]}}]}"#;
    let city = City::with(city.database().on_engine(), |config| {
        config.map.tiles = Some(tiles);
        config.map.outlines = Outline::read(outlines).expect("an outline");
    });
    placed(&city);
    let window = Window::of_member(&city, Role::Coordinator, organisation::CITY, Screen::DESK);
    window.go("/map");
    // Nothing is let through but what came from there.
    let came = format!(
        "return performance.getEntriesByType('resource').filter(one => one.name.startsWith('{host}/') && one.responseEnd > 0).length"
    );
    let asked = window.count(".drawing image");
    assert!(asked > 0, "no tile is asked for");
    window.until("the tiles", || window.script(&came) == asked);
    assert_eq!(window.console(), [""; 0]);
    // What is drawn of districts does not hide them.
    let fill = "return getComputedStyle(document.querySelector('.districts path')).fill";
    assert_eq!(window.script(fill), "none");
    window.picture("map-tiles");
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
