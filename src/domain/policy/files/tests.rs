use std::path::Path;

use super::*;
use crate::domain::policy::{Policy, fixture};

fn faults(files: &[(String, String)]) -> Vec<String> {
    read(files).err().unwrap_or_default().iter().map(Fault::to_string).collect()
}

/// The faults of the fixture's city with one file replaced.
fn faults_with(file: &str, content: &str) -> Vec<String> {
    faults(&fixture::city_with(file, content))
}

#[test]
fn a_sound_city_has_no_faults() {
    let (doc, _) = read(&fixture::city()).unwrap();
    assert_eq!(doc.topics[0].keywords, ["снег", "сугроб", "не чистят дорогу"]);
    assert_eq!(doc.municipalities[0].aliases, ["г. Прудов", "город Прудов"]);
    assert_eq!(doc.organisations[0].parent, None);
    assert_eq!(doc.calendars[0].days.len(), 2);
    assert_eq!(doc.streets[0].okrug.as_deref(), Some("left"));
    assert_eq!((doc.houses[1].house.as_str(), doc.houses[1].lat), ("7 к2", 55.12));
}

#[test]
fn a_broken_city_lists_every_fault_with_file_and_line() {
    assert_eq!(
        faults(&broken_city()),
        [
            "calendars.toml:2: the week has no working time",
            "city.toml:5: unknown time zone \"Asia/Nowhere\"",
            "city.toml:7: there is no municipality \"nowhere\"",
            "city.toml:12: 11 is out of range: 1 to 10",
            "city.toml:14: 61d is out of range: one hour to 60 days",
            "executors.csv:2: \"ministry\" is not a part of \"hall\"",
            "groups.csv:3: \"Дороги\" is no id: write lower-case Latin letters, digits, '-', '_' and '.', \
             beginning with a letter or a digit",
            "groups.csv:5: the id \"roads\" is used twice",
            "municipalities.csv:3: kind: \"village\": MunicipalityKind has no \"village\"; it knows city, district, region",
            "municipalities.csv:3: lat: \"north\": invalid float literal",
            "municipalities.csv:4: 1 cells, but the header has 7",
            "organisation-aliases.csv:2: \"Министерство дорог\" is already the name of another",
            "organisations.csv:4: \"a\" stands above itself",
            "organisations.csv:5: \"b\" stands above itself",
            "organisations.csv:6: only the root, \"region\", may have no parent",
            "organisations.csv:7: connected: write 1 or 0, not \"yes\"",
            "organisations.csv:8: there is no calendar \"lunar\"",
            "organisations.csv:8: there is no municipality \"moon\"",
            "organisations.csv:8: there is no organisation \"nobody\"",
            "routes.csv:3: routes \"one\" and \"two\" say the same case",
            "routes.csv:4: topic \"snow\" is in the group \"roads\", so this can never apply",
            "routes.csv:5: there is no group \"ghosts\"",
            "routes.csv:5: there is no municipality \"moon\"",
            "routes.csv:5: there is no organisation \"nobody\"",
            "routes.csv:5: there is no topic \"ghost\"",
            "terms.csv: the clock \"resolution\" has no term for any case: one with * everywhere",
            "terms.csv:4: \"9x\" is not a duration: write a whole number and a unit, such as 60m, 9h or 7d",
            "terms.csv:4: terms \"answer\" and \"again\" say the same case",
            "terms.csv:5: 7 is out of range: 1 to 5",
            "terms.csv:6: clock: \"sleep\": ClockKind has no \"sleep\"; \
             it knows routing, reaction, acceptance, first_answer, final_answer, next_answer, resolution, approval, rework, author_wait",
            "topic-aliases.csv:2: \"отсутствие ОТОПЛЕНИЯ\" is already the name of another",
            "topic-aliases.csv:3: there is no topic \"ghost\"",
            "topics.csv:4: \"Уборка дорог от снега\" is already the name of another",
            "topics.csv:4: topic \"snow2\" has no route in pond and 1 more",
            "topics.csv:5: \"—\" has no word in it",
            "topics.csv:5: 6 is out of range: 1 to 5",
            "topics.csv:5: there is no group \"cold\"",
            "topics.csv:5: topic \"cold\" has no route in pond and 1 more",
        ]
    );
}

/// Something wrong in every table. Comments and empty lines are there to be counted.
fn broken_city() -> Vec<(String, String)> {
    let city = fixture::CITY
        .replace("Asia/Omsk", "Asia/Nowhere")
        .replace("default_municipality = \"pond\"", "default_municipality = \"nowhere\"")
        .replace("max_returns = 3", "max_returns = 11")
        .replace("97h", "61d");
    [
        ("city.toml", city.as_str()),
        ("groups.csv", "id,title\nheat,Тепло\nДороги,Дороги\nroads,Дороги\nroads,Дороги\n"),
        (
            "topics.csv",
            "id,group,title,severity,keywords,sensitive\n# comment\nsnow,roads,Уборка дорог от снега,4,снег,0\n\
             snow2,roads,Уборка дорог от снега,4,,0\ncold,cold,Отсутствие отопления,6,тепло|—,0\n",
        ),
        ("topic-aliases.csv", "alias,topic\nотсутствие ОТОПЛЕНИЯ,snow\nПризраки,ghost\n"),
        (
            "municipalities.csv",
            "id,title,kind,lat,lon,population,aliases\npond,Прудов,city,,,,\nlake,Озеро,village,north,,,\nhill\n",
        ),
        (
            "organisations.csv",
            "id,parent,kind,title,short,municipality,connected,calendar\nregion,,root,Область,,,1,\n\
             hall,region,city_administration,Администрация,,,1,\na,b,utility,А,,,1,\nb,a,utility,Б,,,1,\n\
             ministry,,region_body,Министерство дорог,,,1,\nfed,region,federal,Надзор,,,yes,\n\
             lost,nobody,fund,Фонд,,moon,1,lunar\n",
        ),
        ("organisation-aliases.csv", "alias,organisation\nМинистерство дорог,hall\n"),
        (
            "routes.csv",
            "id,municipality,group,topic,organisation,note\none,*,*,snow,hall,\ntwo,*,roads,snow,ministry,\n\
             three,pond,heat,snow,hall,\nfour,moon,ghosts,ghost,nobody,\n",
        ),
        ("executors.csv", "id,organisation,municipality,group,topic,executor,note\nown,hall,*,*,*,ministry,\n"),
        (
            "terms.csv",
            "id,clock,municipality,group,topic,severity,organisation,target,base,calendar,note\n\
             routing,routing,*,*,*,*,*,60m,working,,\nanswer,first_answer,*,*,*,*,*,9h,working,,\n\
             again,first_answer,*,*,*,*,*,9x,working,,\nsevere,first_answer,*,*,*,7,*,1h,working,,\n\
             asleep,sleep,*,*,*,*,*,1h,working,,\n",
        ),
        (
            "calendars.toml",
            "\n[[calendar]]\nid = \"five-days\"\ntitle = \"Пусто\"\nzone = \"Asia/Omsk\"\n[calendar.week]\nmon = []\n",
        ),
    ]
    .map(|(name, content)| (name.to_owned(), content.to_owned()))
    .into()
}

#[test]
fn a_broken_header_stops_the_checks_that_would_only_repeat_it() {
    assert_eq!(
        faults_with("routes.csv", "# head\n\nid,municipality,grup,topic,organisation\nx,nowhere,*,*,nobody\n"),
        [
            "routes.csv:3: the column \"group\" is missing",
            "routes.csv:3: unknown column \"grup\"; there are id, municipality, group, topic, organisation, note",
        ]
    );
    let mut files = fixture::city();
    files.retain(|(name, _)| name != "terms.csv" && name != "okrugs.csv");
    assert_eq!(faults(&files), ["terms.csv: the file is missing"]);
}

#[test]
fn toml_faults_have_their_lines() {
    assert_eq!(faults_with("city.toml", &fixture::CITY.replace("root =", "rooot =")).len(), 1);
    let broken = faults_with("city.toml", "\nid = \"pond\"\ntitle = pond\n");
    assert!(broken[0].starts_with("city.toml:3: "), "{broken:?}");
    assert_eq!(
        faults_with("calendars.toml", &fixture::CALENDARS.replace("days.csv", "none.csv")),
        ["calendars.toml:2: the file \"none.csv\" is missing"]
    );
}

#[test]
fn calendar_faults_point_at_the_day_or_the_calendar() {
    assert_eq!(
        faults_with(
            "days.csv",
            "date,kind,note\n2026-01-01,holiday,\n# both\n2026-01-01,working,\n2026-13-01,short,\n"
        )
        .len(),
        2
    );
    let overlapping = fixture::CALENDARS.replacen("[\"09:00-18:00\"]", "[\"09:00-18:00\", \"12:00-13:00\"]", 1);
    assert_eq!(
        faults_with("calendars.toml", &overlapping),
        ["calendars.toml:2: mon: windows 09:00-18:00 and 12:00-13:00 overlap"]
    );
}

#[test]
fn windows_line_ends_and_a_byte_order_mark_change_nothing() {
    let windows: Vec<_> = fixture::city()
        .into_iter()
        .map(|(name, content)| (name, format!("\u{feff}{}", content.replace('\n', "\r\n"))))
        .collect();
    assert_eq!(read(&windows).unwrap().0, fixture::doc());
    let mut broken: Vec<_> =
        broken_city().into_iter().map(|(name, content)| (name, content.replace('\n', "\r\n"))).collect();
    assert_eq!(faults(&broken), faults(&broken_city()));
    broken.reverse();
    assert_eq!(faults(&broken), faults(&broken_city()));
}

/// The cities in the repository are sound, each a policy of its own.
#[test]
fn the_repositorys_cities_are_sound() {
    for directory in ["deploy/cities/omsk", "tests/cities/tiny"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(directory);
        let (doc, _) = read(&files_of(&path)).unwrap_or_else(|faults| {
            panic!("{directory}:\n{}", faults.iter().map(Fault::to_string).collect::<Vec<_>>().join("\n"))
        });
        assert!(Policy::build(1, doc).is_ok(), "{directory}");
    }
}

fn files_of(directory: &Path) -> Vec<(String, String)> {
    let entries = std::fs::read_dir(directory).unwrap_or_else(|error| panic!("{}: {error}", directory.display()));
    let files = entries.map(|entry| entry.unwrap()).filter(|entry| entry.file_type().unwrap().is_file());
    files.map(|file| (file.file_name().into_string().unwrap(), std::fs::read_to_string(file.path()).unwrap())).collect()
}
