use jiff::civil::Date;
use serde_json::json;

use super::*;
use crate::domain::calendar::DayKind;
use crate::domain::policy::{check, fixture};

fn row(date: &str, kind: DayKind) -> DayRow {
    DayRow { date: date.parse().unwrap(), kind, note: String::new() }
}

fn dates(doc: &PolicyDoc) -> Vec<Date> {
    doc.calendars[0].days.iter().map(|row| row.date).collect()
}

fn days(calendar: &str, days: &[DayRow]) -> Amendment {
    Amendment { days: vec![CalendarDays { calendar: calendar.into(), days: days.to_vec() }], ..Amendment::default() }
}

fn pointers(faults: &[Invalid]) -> Vec<&str> {
    faults.iter().map(|fault| fault.pointer.as_str()).collect()
}

/// The pointers of what is wrong with an amendment of the fixture, by itself or in what comes of it.
fn refused(amendment: &Amendment) -> Vec<String> {
    let faults = match amendment.apply(&fixture::doc()) {
        Ok(doc) => check(&doc).iter().map(|finding| amendment.place(&doc, finding)).collect(),
        Err(faults) => faults,
    };
    faults.into_iter().map(|fault| fault.pointer).collect()
}

#[test]
fn records_are_put_in_their_places() {
    let doc = fixture::doc();
    let mut amendment =
        Amendment { calendars: vec![doc.calendars[1].clone(), doc.calendars[0].clone()], ..Amendment::default() };
    assert_eq!(amendment.apply(&doc).as_ref(), Ok(&doc), "what is put back as it was changes nothing");
    amendment.calendars[0].title = "Всегда".into();
    amendment.calendars[1].id = "new".into();
    amendment.terms = vec![Term { id: "more".into(), ..doc.terms[3].clone() }];
    amendment.drop_terms = vec!["answer-urgent".into()];
    let organisation = |id: &str, calendar: Option<&str>| OrganisationCalendar {
        organisation: id.into(),
        calendar: calendar.map(str::to_owned),
    };
    amendment.organisation_calendars = vec![organisation("hall", None), organisation("school", Some("new"))];
    let amended = amendment.apply(&doc).unwrap();
    let ids: Vec<_> = amended.calendars.iter().map(|one| one.id.as_str()).collect();
    assert_eq!(ids, ["five-days", "round", "new"]);
    assert_eq!(amended.calendars[1].title, "Всегда");
    let ids: Vec<_> = amended.terms.iter().map(|one| one.id.as_str()).collect();
    assert_eq!(ids, ["routing", "answer", "resolution", "more"]);
    assert_eq!(amended.organisations[2].calendar, None);
    assert_eq!(amended.organisations[5].calendar.as_deref(), Some("new"));
    assert!(check(&amended).is_empty());
}

#[test]
fn days_take_the_place_of_their_dates_only() {
    let doc = fixture::doc();
    let sent = [row("2026-12-31", DayKind::Holiday), row("2026-06-12", DayKind::Holiday)];
    let amended = days("five-days", &sent).apply(&doc).unwrap();
    assert_eq!(dates(&amended), ["2026-01-01", "2026-06-12", "2026-12-31"].map(|date| date.parse::<Date>().unwrap()));
    assert_eq!(amended.calendars[0].days[2].kind, DayKind::Holiday);
    // Over a calendar that comes along.
    let mut amendment = days("new", &sent);
    amendment.calendars = vec![CalendarSpec { id: "new".into(), ..doc.calendars[0].clone() }];
    assert_eq!(amendment.apply(&doc).unwrap().calendars[2].days, amended.calendars[0].days);
}

#[test]
fn an_amendment_that_contradicts_itself_is_refused() {
    let doc = fixture::doc();
    let faults = |amendment: &Amendment| {
        let faults = amendment.apply(&doc).unwrap_err();
        pointers(&faults).into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(faults(&Amendment::default()), [""]);
    let everywhere: Amendment = serde_json::from_value(json!({
        "calendars": [doc.calendars[0], doc.calendars[0], doc.calendars[1]],
        "drop_calendars": ["lunar", "round", "round"],
        "days": [{ "calendar": "lunar", "days": [] }, { "calendar": "five-days", "days": [] }, { "calendar": "five-days",
            "days": [{ "date": "2026-01-01", "kind": "holiday" }] }],
        "terms": [doc.terms[0], doc.terms[0]],
        "drop_terms": ["nothing", "nothing"],
        "organisation_calendars": [{ "organisation": "nobody", "calendar": null }, { "organisation": "hall", "calendar": null },
            { "organisation": "hall", "calendar": "five-days" }],
    }))
    .unwrap();
    assert_eq!(
        faults(&everywhere),
        [
            "/calendars/1/id",
            "/days/2/calendar",
            "/drop_calendars/2",
            "/drop_calendars/0",
            "/calendars/2/id",
            "/days/0/calendar",
            "/days/0/days",
            "/days/1/days",
            "/terms/1/id",
            "/drop_terms/1",
            "/drop_terms/0",
            "/organisation_calendars/2/organisation",
            "/organisation_calendars/0/organisation",
        ]
    );
    assert!(serde_json::from_value::<Amendment>(json!({ "term": [] })).is_err());
}

#[test]
fn what_the_check_finds_is_told_where_it_was_sent() {
    let doc = fixture::doc();
    let mut calendar = doc.calendars[0].clone();
    calendar.days.push(row("2026-03-08", DayKind::Short));
    calendar.week.mon.push("17:00-19:00".into());
    let mut amendment = Amendment { calendars: vec![calendar], ..Amendment::default() };
    assert_eq!(refused(&amendment), ["/calendars/0/week/mon", "/calendars/0/days/2"]);
    // Rows laid over move the others about.
    amendment.calendars[0].week.mon.pop();
    amendment.days =
        days("five-days", &[row("2026-02-01", DayKind::Working), row("2026-01-02", DayKind::Holiday)]).days;
    assert_eq!(refused(&amendment), ["/days/0/days/0", "/calendars/0/days/2"]);

    let twice = [row("2026-02-02", DayKind::Short), row("2026-02-02", DayKind::Short)];
    assert_eq!(refused(&days("five-days", &twice)), ["/days/0/days/1"]);
    let term = Term { id: "again".into(), target: "soon".into(), ..doc.terms[1].clone() };
    let amendment = Amendment { terms: vec![doc.terms[0].clone(), term], ..Amendment::default() };
    assert_eq!(refused(&amendment), ["/terms/1/target", "/terms/1"]);
    let lunar = OrganisationCalendar { organisation: "hall".into(), calendar: Some("lunar".into()) };
    let amendment = Amendment { organisation_calendars: vec![lunar], ..Amendment::default() };
    assert_eq!(refused(&amendment), ["/organisation_calendars/0/calendar"]);
    let amendment = Amendment { drop_calendars: vec!["round".into()], ..Amendment::default() };
    assert_eq!(refused(&amendment), ["/document/organisations/2/calendar", "/document/terms/3/calendar"]);
    let dropped = amendment.apply(&doc).unwrap();
    let told = amendment.place(&dropped, &check(&dropped)[0]).message;
    assert_eq!(told, "\"hall\": there is no calendar \"round\"");
    let amendment = Amendment { drop_terms: vec!["answer".into()], ..Amendment::default() };
    assert_eq!(refused(&amendment), ["/document/terms"]);
}
