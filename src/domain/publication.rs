//! What must not be published before everybody's eyes.

use super::refusal::Faults;
use super::text::{PersonalKind, asks_for_personal, personal_in};

/// Notes what keeps a text from being published: telephones, e-mail addresses, flats and long numbers, but for the contacts that the
/// city itself makes public; and asking for such things, which is done in private.
pub fn check(faults: &mut Faults, text: &str, contacts: &[String]) {
    let public: Vec<String> = contacts.iter().map(|contact| bare(contact)).collect();
    for personal in personal_in(text).iter().filter(|personal| !public.contains(&bare(personal.piece))) {
        let what = match personal.kind {
            PersonalKind::Phone => "a telephone number",
            PersonalKind::Email => "an e-mail address",
            PersonalKind::Flat => "a flat's number",
            PersonalKind::Plate => "a number plate",
            PersonalKind::Link => "the address of a person's profile",
            PersonalKind::BirthDate => "a date of birth",
            PersonalKind::Name => continue,
            PersonalKind::Passport | PersonalKind::Snils | PersonalKind::Number => {
                "a long number, such as a document's"
            }
        };
        faults.need(false, "/text", format!("holds {what}, which must not be published: \"{}\"", personal.piece));
    }
    faults.need(
        !asks_for_personal(text),
        "/via",
        "asks the author for personal data: that goes to a private message, not before everybody's eyes (\"via\": \"private\")",
    );
}

/// A contact as it is compared: of a telephone its ten last digits, else the text in lower case.
pub(super) fn bare(contact: &str) -> String {
    let digits: String = contact.chars().filter(char::is_ascii_digit).collect();
    let lettered = contact.chars().any(char::is_alphabetic);
    if lettered { contact.trim().to_lowercase() } else { digits[digits.len().saturating_sub(10)..].to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(text: &str) -> Vec<String> {
        let mut faults = Faults::default();
        check(&mut faults, text, &["8 (3812) 78-78-78".to_owned(), "Mail@omsk.example".to_owned()]);
        faults.into_vec().into_iter().map(|fault| fault.pointer).collect()
    }

    #[test]
    fn personal_data_and_asking_for_it_are_stopped_and_public_contacts_are_not() {
        assert_eq!(faults("Дом 14 включён в план на 28 декабря."), [] as [&str; 0]);
        assert_eq!(faults("Звоните +7 (3812) 78-78-78 или пишите mail@omsk.example"), [] as [&str; 0]);
        assert_eq!(faults("Мастер: 8-913-123-45-67, живёт в кв. 12"), ["/text", "/text"]);
        assert_eq!(faults("Пишите на ivan@mail.example"), ["/text"]);
        assert_eq!(faults("Сообщите, пожалуйста, номер квартиры"), ["/via"]);
    }
}
