use proptest::prelude::*;

use super::*;

#[test]
fn personal_data_is_replaced() {
    for (text, masked) in [
        ("Звоните +7 (913) 123-45-67!", "Звоните <телефон>!"),
        ("8-913-123-45-67, Анна", "<телефон>, Анна"),
        ("тел. 89131234567", "тел. <телефон>"),
        ("8913 123 45 67", "<телефон>"),
        ("913 123-45-67 вечером", "<телефон> вечером"),
        ("8 (3812) 45-67-89", "<телефон>"),
        ("городской 45-67-89", "городской <телефон>"),
        ("городской 245-67-89.", "городской <телефон>."),
        ("пишите ivan.petrov+1@mail.example.ru.", "пишите <email>."),
        ("почта@нет, a@b тоже", "почта@нет, a@b тоже"),
        ("карта 2200 1234 5678 9012", "карта <номер>"),
        ("карта 2200123456789012", "карта <номер>"),
        ("СНИЛС 112-233-445 95", "СНИЛС <СНИЛС>"),
        ("паспорт 5204 123456", "паспорт <паспорт>"),
        ("паспорт 52 04 № 123456", "паспорт <паспорт>"),
        ("лицевой счёт 123456789", "лицевой счёт <номер>"),
        ("89 131 234 567", "<телефон>"),
        ("В квартире номер 45 холодно", "В <квартира> холодно"),
        ("Мира, 5, кв. 12", "Мира, 5, <квартира>"),
        ("Мира 5 кв12а", "Мира 5 <квартира>"),
        ("В квартире №7 холодно", "В <квартира> холодно"),
        ("КВАРТИРА 140, 5 этаж", "<квартира>, 5 этаж"),
    ] {
        assert_eq!(mask_personal(text), masked);
    }
}

#[test]
fn places_dates_and_figures_survive() {
    for text in [
        "ул. 10 лет Октября, 182/3",
        "5-я Линия 165, дома 12 34 56 и 78",
        "дома 12, 14, 16, 18, 20, 22, 24, 26",
        "маршруты 8 34 56 12 10 12",
        "Мира 13б, подъезд 2, 45 кв. м",
        "в квартале 12 и на пр. Маркса 12-14",
        "12.10.2025 в 14:30, а также 12-10-25",
        "2025-10-12 14:30",
        "644099 Омск, Гагарина, 34",
        "ждём 97 часов, заплатили 12 500 руб.",
        "55:36:123456:789",
        "школа № 112, 25 человек",
    ] {
        assert_eq!(mask_personal(text), text);
    }
}

#[test]
fn plates_are_known_however_they_are_written() {
    for text in [
        "А123ВС55",
        "а123вс155",
        "A123BC 55",
        "А 123 ВС 55",
        "А123ВС/55",
        "А123ВС 55 rus",
        "А123ВС155RUS",
        "Х777ХХ77",
        "машина а 123 вс 55",
        "автобус г/н м588ом",
        "номер машины о 001 оо 55 рус",
        "такси АВ 123 55",
        "такси АВ12355",
        "прицеп АВ 1234 55",
        "АВ1234 55",
        "мотоцикл 1234 АВ 55",
        "автомобиль полиции А 1234 55",
        "гос. номер Е777КХ",
    ] {
        let masked = mask_personal(text);
        assert!(masked.ends_with("<госномер>") && !masked.contains(|c: char| c.is_ascii_digit()), "{text}: {masked}");
    }
    for text in [
        "с 100 км до 200 км",
        "в 200 см от края",
        "маршрут 110 Н",
        "дом 123а",
        "школа К 123",
        "ТР 123",
        "СНТ 55",
        "у 100 мм трубы",
        "А123ВСЕ55",
        "на 100 ом",
        "с 300 см 20 мест",
        "в 123 м 55 домов",
        "автобус 110 в 12 55",
    ] {
        assert_eq!(mask_personal(text), text);
    }
}

#[test]
fn names_are_known_in_any_case_and_streets_are_not_names() {
    for (text, masked) in [
        ("Спасибо, Иван Петрович!", "Спасибо, <ФИО>!"),
        ("Иванова Мария Сергеевна живёт", "<ФИО> живёт"),
        ("звонила Ивановой Марии Сергеевне вчера", "звонила <ФИО> вчера"),
        ("Мария Сергеевна Иванова сказала", "<ФИО> сказала"),
        ("М. С. Иванова", "<ФИО>"),
        ("мастер Иванов И.И. не пришёл", "мастер <ФИО> не пришёл"),
        ("Мастер И.И. Иванов", "Мастер <ФИО>"),
        ("Уважаемый Олег Николаевич, помогите", "Уважаемый <ФИО>, помогите"),
        ("Здравствуйте Сергей Ильич", "Здравствуйте <ФИО>"),
        ("иван петрович из третьего дома", "<ФИО> из третьего дома"),
        ("ПЕТРОВУ ИВАНУ ИВАНОВИЧУ", "<ФИО>"),
        ("у Львовны", "у <ФИО>"),
        ("с Анной Кузьминичной", "с <ФИО>"),
    ] {
        assert_eq!(mask_personal(text), masked);
    }
    for text in [
        "улица Богдана Хмельницкого, 5",
        "на Лизы Чайкиной",
        "ул. Ивана Алексеевича Бунина",
        "деревня Александровна",
        "имени А.С. Пушкина",
        "ул. А.С. Пушкина 5",
        "пр. К.Маркса",
        "На уровне Основной дороги",
        "Виновна администрация",
        "т.к. Снег",
        "Т. К. Снег не убран",
        "Дорога ровна и условна",
        "И.О. Директора",
        "Столична и практична",
        "Здравствуйте, Олег!",
        "Церковная площадь",
        "Кирпичная, 5",
        "Магазин Марина",
        "чёрный квадрат Малевича",
        "Мира 13 квартир",
    ] {
        assert_eq!(mask_personal(text), text);
    }
}

#[test]
fn births_are_told_from_events() {
    for (text, masked) in [
        ("Родился 5 мая 1980 года", "Родился <дата рождения> года"),
        ("дата рождения: 05.05.1980", "дата рождения: <дата рождения>"),
        ("Мать, 1940 г.р., не может", "Мать, <дата рождения> г.р., не может"),
        ("д.р. 05.05.80", "д.р. <дата рождения>"),
        ("05.05.1980 года рождения", "<дата рождения> года рождения"),
    ] {
        assert_eq!(mask_personal(text), masked);
    }
    for text in [
        "в день рождения города 3 августа",
        "с 5 мая 2025 года нет воды",
        "в 1980 г. построен",
        "05.05.2025 г. Родители ждут",
    ] {
        assert_eq!(mask_personal(text), text);
    }
}

#[test]
fn documents_are_told_by_their_labels_and_checksums() {
    for (text, masked) in [
        ("112-233-445 95", "<СНИЛС>"),
        ("снилс 11223344595", "снилс <СНИЛС>"),
        ("112-233-445 96", "<номер>"),
        ("паспорт серия 5204 номер 123456", "паспорт серия <паспорт>"),
        ("паспорт 5204123456", "паспорт <паспорт>"),
        ("серии 52 04 № 123456 выдан", "серии <паспорт> выдан"),
        ("ИНН 500100732259", "ИНН <номер>"),
        ("8.913.123.45.67", "<телефон>"),
    ] {
        assert_eq!(mask_personal(text), masked);
    }
}

#[test]
fn profiles_are_told_from_pages() {
    for (text, masked) in [
        ("https://vk.com/id123456, пишите", "<ссылка>, пишите"),
        ("ok.ru/profile/123456789.", "<ссылка>."),
        ("мой телеграм t.me/ivan_petrov", "мой телеграм <ссылка>"),
        ("http://m.vk.com/wall123_45?reply=6", "<ссылка>"),
        ("[id12345|Иван], а вы?", "<ссылка>, а вы?"),
    ] {
        assert_eq!(mask_personal(text), masked);
    }
    for text in [
        "vk.com/omsk_admin",
        "https://vk.com/wall-123_45",
        "t.me/omsk/123",
        "t.me/otklik_bot",
        "[club12|Город]",
        "ok.ru/group/1",
    ] {
        assert_eq!(mask_personal(text), text);
    }
}

#[test]
fn flats_behind_their_numbers() {
    assert_eq!(mask_personal("в 12 квартире и из 5-й квартиры"), "в <квартира> и из <квартира>");
    for text in ["в доме 12 квартир", "купил 1 квартиру", "затопило 3 квартиры", "квартал 12"]
    {
        assert_eq!(mask_personal(text), text);
    }
}

#[test]
fn kinds_are_a_set_with_an_order() {
    let kinds = kinds_in("кв. 5, тел. 89131234567, кв. 6");
    assert_eq!(kinds.to_string(), "flat phone");
    assert_eq!(Kinds::of_words("phone flat unknown"), kinds);
    assert_eq!(Kinds::of_words("").to_string(), "");
}

/// Pieces that texts are made of, and the edges between them.
const PARTS: &[&str] = &[
    "А123ВС",
    "а123вс",
    "55",
    " ",
    ".",
    ",",
    "89131234567",
    "5204 123456",
    "кв",
    "кв. 12",
    "а",
    "Иван ",
    "Петрович",
    "Иванов",
    " И.И.",
    "М. С. ",
    "родился ",
    "5 мая 1980",
    "05.05.80",
    " г.р.",
    "<телефон>",
    "<ФИО>",
    "<",
    ">",
    "a@b.ru",
    "t.me/ivan",
    "ул. ",
    "паспорт ",
    "112-233-445 95",
    "+7",
    "(",
    "-",
    "/",
    "rus",
    "12",
    "-й квартире",
    "снилс ",
    "123456",
    "\n",
    "г/н ",
    "д.р. ",
    "№",
    "ё",
    "[id5|Ян]",
    "Петров",
    "\u{a0}",
];

proptest! {
    #[test]
    fn no_phone_survives_whatever_stands_around(before in "[а-я ,.(]{0,12}", after in "[а-я,.!)]{0,12}", rest in 0u32..1_000_000_000) {
        let rest = format!("{rest:09}");
        let written = format!("8 9{}-{}-{}-{}", &rest[..2], &rest[2..5], &rest[5..7], &rest[7..]);
        let masked = mask_personal(&format!("{before}{written}{after}"));
        prop_assert!(masked.contains("<телефон>"), "{}", masked);
        prop_assert!(!masked.contains(|c: char| c.is_ascii_digit()), "{}", masked);
    }

    #[test]
    fn text_without_digits_and_at_is_untouched(text in "[^0-9@А-ЯЁа-яё./]{0,80}") {
        prop_assert_eq!(mask_personal(&text), text);
    }

    #[test]
    fn masking_is_settled_after_once(text in "\\PC{0,60}") {
        let once = mask_personal(&text);
        prop_assert_eq!(mask_personal(&once), once);
    }

    #[test]
    fn masking_is_settled_where_much_is_personal(parts in prop::collection::vec(prop::sample::select(PARTS), 0..9)) {
        let text = parts.concat();
        let once = mask_personal(&text);
        prop_assert_eq!(mask_personal(&once), once, "{}", text);
    }

    #[test]
    fn pieces_stand_in_order_and_apart(parts in prop::collection::vec(prop::sample::select(PARTS), 0..9)) {
        let text = parts.concat();
        let mut reached = 0;
        for personal in personal_in(&text) {
            prop_assert!(personal.at >= reached && !personal.piece.is_empty());
            reached = personal.at + personal.piece.len();
            prop_assert_eq!(&text[personal.at..reached], personal.piece);
        }
    }

    #[test]
    fn plain_numbers_survive(number in 1u32..100_000, word in "(дом|маршрут|школа|автобус|цена|в|через|с) ") {
        let text = format!("{word}{number}");
        prop_assert_eq!(mask_personal(&text), text);
    }
}
