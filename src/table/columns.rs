//! The columns, by their headers.

use std::collections::HashMap;

use super::cell::Cell;
use crate::domain::text::fold;

/// Declares the columns in the order of the real table: the header as it is written, then other spellings it comes in. A spelling
/// that ends in `…` stands for every header that begins so.
macro_rules! columns {
    ($($name:ident $header:literal $(| $variant:literal)*;)+) => {
        /// A column of the table.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Column { $(#[doc = $header] $name),+ }

        impl Column {
            /// All of them, in the order in which they are written.
            pub const ALL: &'static [Column] = &[$(Column::$name),+];

            /// The header as it is written.
            pub const fn header(self) -> &'static str {
                match self { $(Column::$name => $header),+ }
            }

            const fn variants(self) -> &'static [&'static str] {
                match self { $(Column::$name => &[$($variant),*]),+ }
            }
        }
    };
}

columns! {
    Cabinet "Кабинет";
    GlobalId "ID" | "Идентификатор";
    Number "Номер инцидента" | "Номер обращения" | "№ инцидента" | "Номер";
    Organisation "Отдел" | "Организация";
    Executor "Исполнитель" | "Последний исполнитель";
    FirstAnswerAt "Общее время первого ответа";
    FirstAnswerText "Общий текст первого ответа";
    FirstAnswerAfter "Время с даты создания инцидента до времени первого ответа"
        | "Время с даты создания до времени первого ответа";
    FirstAnswerWork "Время с даты создания инцидента до времени первого ответа, рабочее время"
        | "Время с даты создания инцидента до времени первого ответа раб…"
        | "Время с даты создания инцидента до времени первого ответа в раб…"
        | "Время с даты создания до времени первого ответа раб…"
        | "Рабочее время с даты создания инцидента до времени первого ответа"
        | "То же, рабочее время";
    AssignedAt "Время назначения последнего исполнителя" | "Время назначения ПИ";
    ExecutorAnswerAt "Время 1го ответа ПИ" | "Время 1-ого ответа ПИ" | "Время первого ответа ПИ";
    ExecutorReaction "Первая реакция с момента назн. ПИ" | "Первая реакция с момента назначения ПИ";
    InTime "Уложились или нет после назн. ПИ" | "Уложились или нет…";
    LifeTime "Время с начала создания инцидента до окончания" | "Время с даты создания инцидента до окончания";
    SubmittedAt "Время отправки первого ответа ПИ на согласование";
    ApprovalTime "Время, которое первый ответ ПИ находился на согласовании";
    Step "Текущий шаг инцидента" | "Текущий шаг" | "Шаг";
    ReceivedAt "Дата создания" | "Дата создания инцидента" | "Дата регистрации";
    ClosedAt "Дата окончания" | "Дата закрытия" | "Дата окончания инцидента";
    Group "Группа тем" | "Группа темы" | "Сфера";
    Topic "Тема" | "Тема инцидента" | "Тема обращения";
    Region "Регион";
    Municipality "Муниципалитет" | "Муниципальное образование";
    Settlement "Населенный пункт";
    Street "Улица";
    House "Дом";
    ObjectOld "Объект старый";
    Object "Объект";
    Kind "Тип инцидента" | "Тип обращения";
    Outcome "Итог";
    AnswerMedia "Есть медиафайл в ответе";
    MessageMedia "Есть медиафайл в сообщении";
    PostUrl "Урл поста" | "URL поста" | "Ссылка на пост" | "Ссылка на сообщение";
    BlogUrl "Урл блога" | "URL блога" | "Ссылка на блог";
    Text "Текст инцидента" | "Текст обращения" | "Текст сообщения";
    Answer1 "1ый ответ ПИ" | "1й ответ ПИ" | "Первый ответ ПИ";
    Answer2 "2ой ответ ПИ" | "2й ответ ПИ" | "Второй ответ ПИ";
    Answer3 "3ий ответ ПИ" | "3й ответ ПИ" | "Третий ответ ПИ";
    CloseReason "Причина закрытия";
    Audience "Аудитория";
    Engagement "Вовлеченность";
    AuthorUrl "URL автора" | "Урл автора" | "Ссылка на автора";
    AnswerAccount "Аккаунт публикации ответа";
    Tags "Теги";
    Note "Примечание" | "Примечания";
    AwaitingSince "Время попадания на шаг оценка удовлетворенности" | "Время попадания на шаг оценки удовлетворенности";
    SurveySent "Опрос отправлен";
}

impl Column {
    /// Without these a file is no such table.
    pub const NEEDED: &'static [Column] = &[Column::Number, Column::ReceivedAt, Column::Text];

    /// Where the column stands in a row that we write.
    pub const fn place(self) -> usize {
        self as usize
    }

    /// The column that this header stands for, whatever the case, the spaces, the punctuation and «ё».
    pub fn of(header: &str) -> Option<Column> {
        let header = bare(header);
        let exactly = |variant: &str| !variant.ends_with('…') && bare(variant) == header;
        let begins = |variant: &str| variant.ends_with('…') && header.starts_with(&bare(variant));
        let all = || Column::ALL.iter().copied();
        all()
            .find(|column| exactly(column.header()) || column.variants().iter().any(|variant| exactly(variant)))
            .or_else(|| all().find(|column| column.variants().iter().any(|variant| begins(variant))))
    }
}

/// The letters and digits of a header, folded.
fn bare(header: &str) -> String {
    fold(header).chars().filter(|c| c.is_alphanumeric()).collect()
}

/// What stands in which place of the rows of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    known: Vec<(usize, Column)>,
    unknown: Vec<(usize, String)>,
}

impl Header {
    /// Reads a row as a header. None if it is not one: it lacks one of [`Column::NEEDED`].
    ///
    /// Of two columns with the same meaning the first counts; the other is kept as one that is not known.
    pub fn read(cells: &[Cell]) -> Option<Header> {
        let mut header = Header { known: Vec::new(), unknown: Vec::new() };
        let mut seen: HashMap<Column, usize> = HashMap::new();
        for (place, title) in cells.iter().enumerate().filter_map(|(place, cell)| Some((place, cell.text()?))) {
            match Column::of(&title) {
                Some(column) if !seen.contains_key(&column) => {
                    seen.insert(column, place);
                    header.known.push((place, column));
                }
                _ => header.unknown.push((place, title)),
            }
        }
        Column::NEEDED.iter().all(|needed| seen.contains_key(needed)).then_some(header)
    }

    /// The needed columns that a row lacks, to tell why it is no header.
    pub fn lacks(cells: &[Cell]) -> Vec<&'static str> {
        let found: Vec<_> = cells.iter().filter_map(|cell| Column::of(&cell.text()?)).collect();
        Column::NEEDED.iter().filter(|needed| !found.contains(needed)).map(|needed| needed.header()).collect()
    }

    /// The known columns and their places.
    pub fn known(&self) -> &[(usize, Column)] {
        &self.known
    }

    /// The headers that are not known, and their places.
    pub fn unknown(&self) -> &[(usize, String)] {
        &self.unknown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_47_and_each_is_found_by_its_own_header() {
        assert_eq!(Column::ALL.len(), 47);
        for (place, column) in Column::ALL.iter().enumerate() {
            assert_eq!(Column::of(column.header()), Some(*column));
            assert_eq!(column.place(), place);
            for variant in column.variants().iter().filter(|variant| !variant.ends_with('…')) {
                assert_eq!(Column::of(variant), Some(*column), "{variant}");
            }
        }
    }

    #[test]
    fn spellings_do_not_matter() {
        for (header, column) in [
            ("  дата   ЗАКРЫТИЯ ", Column::ClosedAt),
            ("Населённый пункт", Column::Settlement),
            ("Вовлечённость", Column::Engagement),
            ("Тип обращения", Column::Kind),
            ("1-ый ответ ПИ", Column::Answer1),
            ("Уложились или нет после назн. ПИ (9 часов)", Column::InTime),
            ("Время с даты создания инцидента до времени первого ответа (рабочее время)", Column::FirstAnswerWork),
            ("Время с даты создания инцидента до времени первого ответа, раб. время", Column::FirstAnswerWork),
            ("Время с даты создания инцидента до времени первого ответа", Column::FirstAnswerAfter),
        ] {
            assert_eq!(Column::of(header), Some(column), "{header}");
        }
        assert_eq!(Column::of("Дата рождения"), None);
        assert_eq!(Column::of(""), None);
    }

    #[test]
    fn a_header_is_one_only_with_what_is_needed() {
        let cells = |titles: &[&str]| titles.iter().map(|title| Cell::Text((*title).to_owned())).collect::<Vec<_>>();
        let header =
            Header::read(&cells(&["Текст инцидента", "Своё", "Дата создания", "Номер инцидента", "Дата создания"]));
        let header = header.unwrap();
        assert_eq!(header.known(), [(0, Column::Text), (2, Column::ReceivedAt), (3, Column::Number)]);
        assert_eq!(header.unknown(), [(1, "Своё".to_owned()), (4, "Дата создания".to_owned())]);
        let perm = cells(&["Исполнитель", "Группа тем", "Текст инцидента", "Тема"]);
        assert_eq!(Header::read(&perm), None);
        assert_eq!(Header::lacks(&perm), ["Номер инцидента", "Дата создания"]);
    }
}
