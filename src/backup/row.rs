//! One row as one line of JSON, and back.

use std::fmt::Display;
use std::io::{self, Write as _};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::store::dump::{JsonText, Row, Table, Type, Value};

/// Writes a row's values as an array.
///
/// # Errors
/// When a value cannot be said in JSON: a number that is none, a document that is not JSON.
pub(super) fn encode(row: &Row, line: &mut Vec<u8>) -> io::Result<()> {
    line.push(b'[');
    for (n, value) in row.iter().enumerate() {
        if n > 0 {
            line.push(b',');
        }
        match value {
            Value::Guid(Some(id)) => write!(line, "\"{id}\"")?,
            Value::Moment(Some(at)) => write!(line, "\"{at}\"")?,
            Value::Json(Some(document)) => document_in(document, line)?,
            Value::Text(Some(text)) => serde_json::to_writer(&mut *line, text)?,
            Value::BigInt(Some(number)) => write!(line, "{number}")?,
            Value::Integer(Some(number)) => write!(line, "{number}")?,
            Value::Bool(Some(is)) => write!(line, "{is}")?,
            Value::Double(Some(number)) if number.is_finite() => serde_json::to_writer(&mut *line, number)?,
            Value::Double(Some(number)) => return Err(io::Error::other(format!("{number} is no number of JSON"))),
            Value::Binary(Some(bytes)) => write!(line, "\"{}\"", STANDARD.encode(bytes))?,
            _ => line.extend_from_slice(b"null"),
        }
    }
    line.push(b']');
    Ok(())
}

/// The document in an array of one. Line feeds between its parts, which nothing of ours writes, would break the line.
fn document_in(document: &JsonText, line: &mut Vec<u8>) -> io::Result<()> {
    let text = document.0.replace(['\n', '\r'], " ");
    serde_json::from_str::<&RawValue>(&text)?;
    write!(line, "[{text}]")
}

/// Reads a row of a table.
///
/// # Errors
/// What is wrong with it.
pub(super) fn decode(table: &Table, line: &str) -> Result<Row, String> {
    let wrong = |why: &dyn Display| format!("a row of {}: {why}", table.name);
    let values: Vec<&RawValue> = serde_json::from_str(line).map_err(|error| wrong(&error))?;
    if values.len() != table.columns.len() {
        return Err(wrong(&format!("{} values for {} columns", values.len(), table.columns.len())));
    }
    let read = table.columns.iter().zip(values).map(|(column, value)| {
        of(column.ty, value).ok_or_else(|| wrong(&format!("column {} is no {}", column.name, column.ty.as_str())))
    });
    read.collect()
}

fn of(ty: Type, value: &RawValue) -> Option<Value> {
    let text = value.get();
    if text == "null" {
        return Some(Value::null(ty));
    }
    Some(match ty {
        Type::Guid => Value::Guid(Some(string(text)?.parse().ok()?)),
        Type::Moment => Value::Moment(Some(string(text)?.parse().ok()?)),
        Type::Json => {
            let [document] = <[&RawValue; 1]>::deserialize(value).ok()?;
            Value::Json(Some(JsonText(document.get().to_owned())))
        }
        Type::Text => Value::Text(Some(string(text)?)),
        Type::BigInt => Value::BigInt(Some(text.parse().ok()?)),
        Type::Integer => Value::Integer(Some(text.parse().ok()?)),
        Type::Bool => Value::Bool(Some(text.parse().ok()?)),
        // The standard library reads the nearest number; serde_json, by default, one near it.
        Type::Double => Value::Double(Some(text.parse().ok()?)),
        Type::Binary => Value::Binary(Some(STANDARD.decode(string(text)?).ok()?)),
    })
}

fn string(text: &str) -> Option<String> {
    serde_json::from_str(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{At, Id};
    use crate::store::dump;

    fn round(row: Row) {
        let types = [
            Type::Guid,
            Type::Moment,
            Type::Json,
            Type::Text,
            Type::BigInt,
            Type::Integer,
            Type::Bool,
            Type::Double,
            Type::Binary,
        ];
        let mut table = dump::tables().swap_remove(0);
        table.columns = types.iter().map(|ty| dump::Column { name: "c", ty: *ty }).collect();
        let mut line = Vec::new();
        encode(&row, &mut line).unwrap();
        let line = String::from_utf8(line).unwrap();
        assert!(!line.contains('\n'), "{line}");
        assert_eq!(decode(&table, &line).as_ref(), Ok(&row), "{line}");
    }

    #[test]
    fn every_value_comes_back() {
        let json = |text: &str| Value::Json(Some(JsonText(text.to_owned())));
        let at = |text: &str| Value::Moment(Some(text.parse().unwrap()));
        let text = "«ёлка»\n\t\"\\ \u{1f} \u{2028} 🦊";
        let id = Value::Guid(Some(Id::new(At::now())));
        let rows = [
            (at("2026-11-22T07:42:55.123456Z"), json(r#"{"снег":[1.10,null,1e300,0.1]}"#), i64::MIN, 0.1 + 0.2, true),
            (at("9999-01-01T00:00:00Z"), json("null"), i64::MAX, f64::MIN_POSITIVE, false),
            (at("1969-12-31T23:59:59.999999Z"), json("\"[\""), 0, -0.0, true),
            (at("1970-01-01T00:00:00.000001Z"), json("[]"), -1, 73.3686, false),
        ];
        for (moment, document, big, double, is) in rows {
            round(vec![
                id.clone(),
                moment,
                document,
                Value::Text(Some(text.to_owned())),
                Value::BigInt(Some(big)),
                Value::Integer(Some(i32::MIN)),
                Value::Bool(Some(is)),
                Value::Double(Some(double)),
                Value::Binary(Some(if is { (0..=255).collect() } else { Vec::new() })),
            ]);
        }
        round(vec![
            Value::Guid(None),
            Value::Moment(None),
            Value::Json(None),
            Value::Text(None),
            Value::BigInt(None),
            Value::Integer(None),
            Value::Bool(None),
            Value::Double(None),
            Value::Binary(None),
        ]);
    }

    #[test]
    fn what_json_cannot_say_is_refused() {
        let mut line = Vec::new();
        assert!(encode(&vec![Value::Double(Some(f64::NAN))], &mut line).is_err());
        assert!(encode(&vec![Value::Json(Some(JsonText("{".to_owned())))], &mut line).is_err());
    }

    #[test]
    fn a_wrong_row_is_told_with_table_and_column() {
        let table = dump::tables().swap_remove(0);
        let told = decode(&table, r#"["one"]"#).unwrap_err();
        assert!(told.contains("policies") && told.contains("1 values"), "{told}");
        let mut values = vec!["null"; table.columns.len()];
        values[0] = "1.5";
        let told = decode(&table, &format!("[{}]", values.join(","))).unwrap_err();
        assert_eq!(told, "a row of policies: column version is no bigint");
    }
}
