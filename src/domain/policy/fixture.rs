//! A small made-up city for tests, as its files.

use super::{Policy, PolicyDoc, files};

/// The files of the city, each by its name.
pub(crate) fn city() -> Vec<(String, String)> {
    [
        ("city.toml", CITY),
        ("groups.csv", "id,title,title_en\nroads,Дороги,Roads\nheat,Тепло,Heat\n"),
        ("topics.csv", TOPICS),
        ("topic-aliases.csv", "alias,topic\nУборка снега на дороге,snow\n"),
        ("municipalities.csv", MUNICIPALITIES),
        ("okrugs.csv", "id,title,abbr\nleft,Левый берег,ЛБ\n"),
        ("organisations.csv", ORGANISATIONS),
        ("organisation-aliases.csv", "alias,organisation\nМэрия,hall\n"),
        ("routes.csv", ROUTES),
        ("executors.csv", EXECUTORS),
        ("terms.csv", TERMS),
        ("calendars.toml", CALENDARS),
        ("days.csv", "date,kind,note\n2026-01-01,holiday,Новый год\n2026-12-31,short,\n"),
        (
            "streets.csv",
            "name,type,core,key,lat,lon,bank,okrug,source\nулица Мира,улица,Мира,мира,55.1,73.2,left,left,test\n",
        ),
        ("houses.csv", "street,house,lat,lon\nулица Мира,5а,55.11,73.21\nулица Мира,7 к2,55.12,73.22\n"),
        ("demo.csv", "not,a\npolicy\n"),
    ]
    .map(|(name, content)| (name.to_owned(), content.to_owned()))
    .into()
}

/// The city's files with one of them replaced.
pub(crate) fn city_with(file: &str, content: &str) -> Vec<(String, String)> {
    let mut files = city();
    files.retain(|(name, _)| name != file);
    files.push((file.to_owned(), content.to_owned()));
    files
}

pub(crate) fn doc() -> PolicyDoc {
    files::read(&city()).unwrap_or_else(|faults| panic!("{faults:?}")).0
}

pub(crate) fn policy() -> Policy {
    Policy::build(7, doc()).unwrap_or_else(|findings| panic!("{findings:?}"))
}

pub(crate) const CITY: &str = r#"
id = "pond"
title = "Прудов"
title_en = "Pond"
zone = "Asia/Omsk"
root = "region"
default_municipality = "pond"
calendar = "five-days"
controller = "region"

[life]
max_returns = 3
max_rounds = 3
author_wait = "97h"
"#;

const TOPICS: &str = "\
id,group,title,severity,keywords,sensitive
snow,roads,Уборка дорог от снега,4,снег|сугроб|не чистят дорогу,0
holes,roads,Ямы на дорогах,3,яма|асфальт,0
cold,heat,Отсутствие отопления,5,отопление|батареи|холодно в квартире,0
hot-water,heat,Нет горячей воды,2,горячая вода|нет воды,0
";

const MUNICIPALITIES: &str = "\
id,title,kind,lat,lon,population,aliases
pond,Прудов,city,55.0,73.0,100000,г. Прудов|город Прудов
lake,Озёрский район,district,56.0,73.5,20000,
hill,Холмский район,district,,,,
";

const ORGANISATIONS: &str = "\
id,parent,kind,title,short,municipality,connected,calendar
region,,root,Прудовская область,Область,,1,
ministry,region,region_body,Министерство дорог,Миндор,,1,
hall,region,city_administration,Администрация Прудова,Администрация,pond,1,round
works,hall,city_department,Департамент хозяйства,ДХ,pond,1,
plough,works,city_department,Отдел уборки,ОУ,pond,1,five-days
school,hall,city_department,Департамент школ,ДШ,pond,1,
lake-hall,region,district,Администрация Озёрского района,,lake,1,
fed,region,federal,Федеральный надзор,,,0,
";

const ROUTES: &str = "\
id,municipality,group,topic,organisation,note
any-any,*,*,*,region,
any-roads,*,roads,*,ministry,
any-snow,*,*,snow,fed,
kind-any,kind:city,*,*,works,
kind-roads,kind:city,roads,*,school,
kind-snow,kind:city,*,snow,plough,
pond-any,pond,*,*,hall,
pond-roads,pond,roads,*,hall,
pond-snow,pond,roads,snow,hall,
lake-any,lake,*,*,lake-hall,
";

const EXECUTORS: &str = "\
id,organisation,municipality,group,topic,executor,note
hall-any,hall,*,*,*,school,
hall-roads,hall,*,roads,*,works,
hall-snow,hall,pond,*,snow,plough,
";

const TERMS: &str = "\
id,clock,municipality,group,topic,severity,organisation,target,base,calendar,note
routing,routing,*,*,*,*,*,60m,working,,
answer,first_answer,*,*,*,*,*,9h,working,,
resolution,resolution,*,*,*,*,*,7d,days,,
answer-urgent,first_answer,*,*,*,>=4,*,4h,working,round,
";

pub(crate) const CALENDARS: &str = r#"
[[calendar]]
id = "five-days"
title = "Пятидневка"
zone = "Asia/Omsk"
days = "days.csv"
short = "17:00"
[calendar.week]
mon = ["09:00-18:00"]
tue = ["09:00-18:00"]
wed = ["09:00-18:00"]
thu = ["09:00-18:00"]
fri = ["09:00-18:00"]

[[calendar]]
id = "round"
title = "Круглосуточно"
zone = "Asia/Omsk"
[calendar.week]
mon = ["00:00-24:00"]
"#;
