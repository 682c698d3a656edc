//! Files written and read back, with the faults that real exports have. All rows are made up.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use jiff::civil::date;
use rust_xlsxwriter::{ExcelDateTime, Format};
use tempfile::TempDir;

use super::read::ReadError;
use super::*;
use crate::domain::policy::fixture;
use crate::domain::{At, CloseReason, Kind, Outcome, Step};

fn lines(path: &Path) -> Result<Vec<Line>, ReadError> {
    let mut lines = Vec::new();
    Rows::open(path)?.each(|line| {
        lines.push(line);
        Ok::<_, ReadError>(())
    })?;
    Ok(lines)
}

/// A folder for files, and the path of one in it.
fn file(name: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    (folder, path)
}

fn csv_file(content: &str) -> (TempDir, PathBuf) {
    let (folder, path) = file("table.csv");
    File::create(&path).unwrap().write_all(content.as_bytes()).unwrap();
    (folder, path)
}

fn at(text: &str) -> At {
    text.parse().unwrap()
}

/// A row that fills every column.
fn full() -> Vec<Cell> {
    let text = |text: &str| Cell::Text(text.to_owned());
    let moment = |day: i8, hour: i8, minute: i8| Cell::Moment(date(2025, 12, day).at(hour, minute, 5, 0));
    vec![
        text("Прудовская область"),
        Cell::Number(39_500_001.0),
        text("717475"),
        text("Администрация Прудова"),
        text("Департамент хозяйства"),
        moment(25, 9, 40),
        text("Добрый день! Снег уберут до 26 декабря."),
        Cell::Duration(48_840),
        Cell::Duration(4_205),
        moment(25, 8, 35),
        moment(25, 9, 40),
        Cell::Duration(3_900),
        text("Да"),
        Cell::Duration(397_800),
        moment(25, 9, 30),
        Cell::Duration(420),
        text("Готово"),
        moment(24, 20, 6),
        moment(29, 10, 36),
        text("Дороги"),
        text("Уборка дорог от снега"),
        text("Прудовская область"),
        text("Прудов"),
        text("Прудов"),
        text("улица Мира"),
        text("14/1"),
        text("нет"),
        text("дорога"),
        text("Решаемый"),
        text("Разъяснено"),
        text("Нет"),
        text("Да"),
        text("https://vk.com/wall-100_20"),
        text("https://vk.com/club100"),
        text("=Улица Мира, 14;\nне чистят \"от снега\""),
        text("Добрый день! Снег уберут до 26 декабря."),
        text("-уточняем"),
        Cell::Empty,
        text("Нет ответа от автора"),
        Cell::Number(1200.0),
        Cell::Number(3.5),
        text("https://vk.com/id1001"),
        text("https://vk.com/admin"),
        text("зима"),
        text("адрес проверен"),
        moment(25, 9, 41),
        text("Нет"),
    ]
}

/// What a file's cell holds of a cell that was written.
fn read_back(cell: &Cell, policy: &crate::domain::Policy) -> Cell {
    match cell {
        Cell::Moment(_) => Cell::of_moment(cell.moment(policy.zone()).unwrap().unwrap(), policy.zone()),
        other => other.clone(),
    }
}

#[test]
fn a_row_says_what_it_says_in_either_file() {
    let policy = fixture::policy();
    let (_kept, xlsx) = file("table.xlsx");
    let mut workbook = Workbook::new().unwrap();
    workbook.row(&full()).unwrap();
    workbook.finish(File::create(&xlsx).unwrap()).unwrap();
    let (_kept, csv) = file("table.csv");
    File::create(&csv).unwrap().write_all(&CsvRows::default().write([full().as_slice()]).unwrap()).unwrap();
    for path in [xlsx, csv] {
        let lines = lines(&path).unwrap();
        let [line] = lines.as_slice() else { panic!("{} rows", lines.len()) };
        assert_eq!((line.row, line.others.len()), (2, 0));
        let record = Record::read(line, &policy).unwrap();
        let written = record.cells(&policy);
        for ((column, cell), expected) in Column::ALL.iter().zip(&written).zip(&full()) {
            let is_same = match (column, expected) {
                // Numbers of a csv file are texts.
                (_, Cell::Number(_)) => cell.text() == expected.text(),
                _ => *cell == read_back(expected, &policy),
            };
            assert!(is_same, "{}: {cell:?} instead of {expected:?}", column.header());
        }
        assert_eq!(Record::read(line, &policy).unwrap(), record);
    }
}

#[test]
fn columns_are_found_wherever_they_are() {
    let (_kept, path) = file("moved.xlsx");
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write(0, 1, "Выгрузка за декабрь").unwrap();
    let headers = [
        "Тип обращения",
        "Текст инцидента",
        "Дата закрытия",
        "Своё",
        "Номер инцидента",
        "Дата создания",
        "1ый ответ ПИ",
        "Итог",
    ];
    for (place, header) in (1_u16..).zip(headers) {
        sheet.write(2, place, header).unwrap();
    }
    let day = Format::new().set_num_format("dd/mm/yyyy hh:mm");
    let moment = |hour| ExcelDateTime::from_ymd(2025, 12, 24).unwrap().and_hms(hour, 6, 0).unwrap();
    sheet.write(4, 1, "нерешаемый").unwrap();
    sheet.write(4, 2, "Нет отопления").unwrap();
    sheet.write_datetime_with_format(4, 3, moment(22), &day).unwrap();
    sheet.write(4, 4, 5).unwrap();
    sheet.write(4, 5, 717_476).unwrap();
    sheet.write_datetime_with_format(4, 6, moment(20), &day).unwrap();
    sheet.write(4, 7, "'").unwrap();
    book.save(&path).unwrap();
    let lines = lines(&path).unwrap();
    assert_eq!(lines.len(), 1);
    assert_eq!((lines[0].row, lines[0].sheet.as_str()), (5, "Sheet1"));
    let record = Record::read(&lines[0], &fixture::policy()).unwrap();
    assert_eq!((record.number.as_str(), record.kind, record.step), ("717476", Kind::Unsolvable, Step::Closed));
    assert_eq!((record.received_at, record.closed_at), (at("2025-12-24T14:06:00Z"), Some(at("2025-12-24T16:06:00Z"))));
    assert_eq!(record.answers, [None, None, None]);
    assert_eq!(record.kept.get("Своё"), Some(&serde_json::json!(5)));
}

#[test]
fn commas_and_semicolons_are_told_apart() {
    for divider in [",", ";"] {
        let head =
            ["Номер инцидента", "Дата создания", "Текст инцидента", "Причина закрытия", "Дата окончания"].join(divider);
        let row = ["7", "24.12.2025 20:06", "\"Яма, глубокая; большая\"", "5", "2025-12-25"].join(divider);
        let (_kept, path) = csv_file(&format!("\u{feff}{head}\r\n\r\n{row}\r\n"));
        let lines = lines(&path).unwrap();
        let record = Record::read(&lines[0], &fixture::policy()).unwrap();
        assert_eq!(record.text, "Яма, глубокая; большая");
        assert_eq!((record.close_reason, record.rating), (Some(CloseReason::SurveyMark), Some(5)));
    }
}

#[test]
fn a_row_with_faults_names_them_all() {
    let (_kept, path) = csv_file(
        "Номер инцидента;Дата создания;Текст инцидента;Тема;Отдел;Итог;Текущий шаг инцидента;Дата окончания\n\
         ;вчера;Яма;Летающие ямы;Никто;Забыто;Готово;\n",
    );
    let faults = Record::read(&lines(&path).unwrap()[0], &fixture::policy()).unwrap_err();
    let all = faults.join("\n");
    for part in
        ["«Номер инцидента» is empty", "«вчера»", "«Летающие ямы»", "«Никто»", "«Забыто»", "«Дата окончания» is empty"]
    {
        assert!(all.contains(part), "{part} is not in {all}");
    }
    assert_eq!(faults.len(), 6, "{all}");
}

#[test]
fn a_step_that_is_not_known_is_told_by_the_other_columns() {
    let read = |step: &str, more: &str| {
        let (_kept, path) = csv_file(&format!(
            "Номер инцидента;Дата создания;Текст инцидента;Текущий шаг инцидента;Отдел;Дата окончания;Причина закрытия\n\
             1;24.12.2025;Яма;{step};{more}\n",
        ));
        Record::read(&lines(&path).unwrap()[0], &fixture::policy()).unwrap()
    };
    assert_eq!(read("Особый шаг", ";;").step, Step::Distribution);
    assert_eq!(read("Особый шаг", ";;").kept.get("Текущий шаг инцидента"), Some(&"Особый шаг".into()));
    assert_eq!(read("", "Мэрия;;").step, Step::Assigned);
    let closed = read("", "Мэрия;25.12.2025;По особой причине");
    assert_eq!((closed.step, closed.close_reason), (Step::Closed, None));
    let reason = closed.cells(&fixture::policy())[Column::CloseReason.place()].text();
    assert_eq!(reason.as_deref(), Some("По особой причине"));
    // Opened again: it has no end, whatever an earlier one was.
    let open = read("В работе", "Мэрия;25.12.2025;Автор доволен");
    assert_eq!((open.step, open.closed_at, open.close_reason), (Step::InWork, None, None));
}

#[test]
fn full_sheets_are_followed_by_others_and_all_are_read() {
    let (_kept, path) = file("sheets.xlsx");
    let mut workbook = Workbook::with_sheets_of(2).unwrap();
    for number in 1..=5 {
        let mut row = full();
        row[Column::Number.place()] = Cell::Text(number.to_string());
        workbook.row(&row).unwrap();
    }
    workbook.finish(File::create(&path).unwrap()).unwrap();
    let lines = lines(&path).unwrap();
    let numbers: Vec<_> = lines.iter().filter_map(|line| line.cell(Column::Number).text()).collect();
    assert_eq!(numbers, ["1", "2", "3", "4", "5"]);
    assert_eq!((lines[4].sheet.as_str(), lines[4].row), ("Инциденты 3", 2));
}

#[test]
fn what_is_no_table_is_refused_as_a_whole() {
    let (_kept, path) = csv_file("Исполнитель;Группа тем;Текст инцидента;Тема\nа;б;в;г\n");
    let Err(ReadError::NoHeader(lacks)) = lines(&path) else { panic!("must be refused") };
    assert_eq!(lacks, ["Номер инцидента", "Дата создания"]);
    let (_kept, path) = csv_file("");
    assert!(matches!(lines(&path), Err(ReadError::NoHeader(_))));
    let (_kept, path) = file("table.ods");
    File::create(&path).unwrap();
    assert!(matches!(lines(&path), Err(ReadError::Kind)));
    let (_kept, path) = file("broken.xlsx");
    File::create(&path).unwrap().write_all(b"no zip").unwrap();
    assert!(matches!(lines(&path), Err(ReadError::Workbook(_))));
}

#[test]
fn without_the_right_to_personal_data_rows_name_nobody() {
    let policy = fixture::policy();
    let (_kept, path) = file("table.xlsx");
    let mut workbook = Workbook::new().unwrap();
    let mut row = full();
    row[Column::Text.place()] = Cell::Text("Позвоните: +7 913 000-00-00".to_owned());
    workbook.row(&row).unwrap();
    workbook.finish(File::create(&path).unwrap()).unwrap();
    let cells = Record::read(&lines(&path).unwrap()[0], &policy).unwrap().masked().cells(&policy);
    for column in [Column::AuthorUrl, Column::PostUrl, Column::BlogUrl] {
        assert!(cells[column.place()].is_empty(), "{}", column.header());
    }
    assert!(!cells[Column::Text.place()].text().unwrap().contains("000-00-00"));
    assert_eq!(cells[Column::Outcome.place()].text().as_deref(), Some("Разъяснено"));
    let record = Record::read(&lines(&path).unwrap()[0], &policy).unwrap();
    assert_eq!(record.outcome, Some(Outcome::Explained));
}
