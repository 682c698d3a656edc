//! How the domain's values stand in the two databases.
//!
//! Three SQL types of our own are portable where diesel's are not:
//!
//! | type       | in Rust                     | PostgreSQL    | SQLite                                    |
//! |------------|-----------------------------|---------------|-------------------------------------------|
//! | [`Guid`]   | [`Id`](crate::domain::Id)   | `uuid`        | `BLOB`, the 16 bytes (version 7: they sort) |
//! | [`Moment`] | [`At`](crate::domain::At)   | `timestamptz` | `INTEGER`, microseconds since 1970, UTC   |
//! | [`Json`]   | [`Doc`](crate::domain::Doc) | `jsonb`       | `TEXT`                                    |
//!
//! SQLite's compact forms halve the indexes that a million incidents need.

use std::io::Write;

use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, Queryable};
use diesel::expression::AsExpression;
use diesel::internal::derives::as_expression::Bound;
use diesel::pg::{Pg, PgValue};
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::{BigInt, Binary, HasSqlType, Nullable, SqlOrd, SqlType, Text};
use diesel::sqlite::Sqlite;
use jiff::Timestamp;
use uuid::Uuid;

use super::conn::MultiBackend;
use crate::domain::{At, Doc, Id};

/// A UUID.
#[derive(Debug, Clone, Copy, Default, SqlType, diesel::query_builder::QueryId)]
#[diesel(postgres_type(oid = 2950, array_oid = 2951), sqlite_type(name = "Binary"))]
pub struct Guid;

/// An instant, to the microsecond, in UTC.
#[derive(Debug, Clone, Copy, Default, SqlType, diesel::query_builder::QueryId)]
#[diesel(postgres_type(oid = 1184, array_oid = 1185), sqlite_type(name = "Long"))]
pub struct Moment;

/// A JSON document.
#[derive(Debug, Clone, Copy, Default, SqlType, diesel::query_builder::QueryId)]
#[diesel(postgres_type(oid = 3802, array_oid = 3807), sqlite_type(name = "Text"))]
pub struct Json;

impl SqlOrd for Guid {}
impl SqlOrd for Moment {}

/// Microseconds from 1970-01-01 to PostgreSQL's own epoch, 2000-01-01, both UTC.
const PG_EPOCH: i64 = 946_684_800_000_000;

impl ToSql<Guid, Pg> for Id {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        out.write_all(self.0.as_bytes())?;
        Ok(IsNull::No)
    }
}

impl FromSql<Guid, Pg> for Id {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        Ok(Id(Uuid::from_slice(value.as_bytes())?))
    }
}

impl ToSql<Guid, Sqlite> for Id {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.0.as_bytes().as_slice());
        Ok(IsNull::No)
    }
}

impl FromSql<Guid, Sqlite> for Id {
    fn from_sql(value: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        let bytes = <Vec<u8> as FromSql<Binary, Sqlite>>::from_sql(value)?;
        Ok(Id(Uuid::from_slice(&bytes)?))
    }
}

impl ToSql<Moment, Pg> for At {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        out.write_all(&(self.as_microsecond() - PG_EPOCH).to_be_bytes())?;
        Ok(IsNull::No)
    }
}

impl FromSql<Moment, Pg> for At {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        let since_2000 = <i64 as FromSql<BigInt, Pg>>::from_sql(value)?;
        Ok(At(Timestamp::from_microsecond(since_2000 + PG_EPOCH)?))
    }
}

impl ToSql<Moment, Sqlite> for At {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.as_microsecond());
        Ok(IsNull::No)
    }
}

impl FromSql<Moment, Sqlite> for At {
    fn from_sql(value: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        let since_1970 = <i64 as FromSql<BigInt, Sqlite>>::from_sql(value)?;
        Ok(At(Timestamp::from_microsecond(since_1970)?))
    }
}

impl ToSql<Json, Pg> for Doc {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        // jsonb's wire form is a version byte, then the text.
        out.write_all(&[1])?;
        serde_json::to_writer(out, &self.0)?;
        Ok(IsNull::No)
    }
}

impl FromSql<Json, Pg> for Doc {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        match value.as_bytes() {
            [1, text @ ..] => Ok(Doc(serde_json::from_slice(text)?)),
            _ => Err("jsonb in a version other than 1".into()),
        }
    }
}

impl ToSql<Json, Sqlite> for Doc {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(serde_json::to_string(&self.0)?);
        Ok(IsNull::No)
    }
}

impl FromSql<Json, Sqlite> for Doc {
    fn from_sql(value: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        let text = <String as FromSql<Text, Sqlite>>::from_sql(value)?;
        Ok(Doc(serde_json::from_str(&text)?))
    }
}

/// Lets a value of the domain stand in queries as one SQL type, nullable or not. The domain cannot derive this: it knows no
/// database.
macro_rules! value {
    ($rust:ty, $sql:ty) => {
        impl AsExpression<$sql> for $rust {
            type Expression = Bound<$sql, Self>;
            fn as_expression(self) -> Self::Expression {
                Bound::new(self)
            }
        }
        impl<'a> AsExpression<$sql> for &'a $rust {
            type Expression = Bound<$sql, Self>;
            fn as_expression(self) -> Self::Expression {
                Bound::new(self)
            }
        }
        impl AsExpression<Nullable<$sql>> for $rust {
            type Expression = Bound<Nullable<$sql>, Self>;
            fn as_expression(self) -> Self::Expression {
                Bound::new(self)
            }
        }
        impl<'a> AsExpression<Nullable<$sql>> for &'a $rust {
            type Expression = Bound<Nullable<$sql>, Self>;
            fn as_expression(self) -> Self::Expression {
                Bound::new(self)
            }
        }
        impl<DB> ToSql<Nullable<$sql>, DB> for $rust
        where
            DB: Backend,
            $rust: ToSql<$sql, DB>,
        {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
                ToSql::<$sql, DB>::to_sql(self, out)
            }
        }
        impl<DB> Queryable<$sql, DB> for $rust
        where
            DB: Backend,
            $rust: FromSql<$sql, DB>,
        {
            type Row = Self;
            fn build(row: Self) -> deserialize::Result<Self> {
                Ok(row)
            }
        }
    };
}

/// [`value!`] for our own SQL types, which the union of the engines has to be told of too.
macro_rules! portable {
    ($rust:ty, $sql:ident) => {
        impl HasSqlType<$sql> for MultiBackend {
            fn metadata(lookup: &mut Self::MetadataLookup) -> Self::TypeMetadata {
                MultiBackend::lookup_sql_type::<$sql>(lookup)
            }
        }
        impl ToSql<$sql, MultiBackend> for $rust {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, MultiBackend>) -> serialize::Result {
                out.set_value(($sql, self));
                Ok(IsNull::No)
            }
        }
        impl FromSql<$sql, MultiBackend> for $rust {
            fn from_sql(value: <MultiBackend as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
                value.from_sql::<$rust, $sql>()
            }
        }
        value!($rust, $sql);
    };
}

portable!(Id, Guid);
portable!(At, Moment);
portable!(Doc, Json);

/// Stores enums of the domain as their stable words.
macro_rules! words {
    ($($word:ty),+ $(,)?) => {$(
        impl<DB> ToSql<Text, DB> for $word
        where
            DB: Backend,
            str: ToSql<Text, DB>,
        {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
                self.as_str().to_sql(out)
            }
        }
        impl<DB> FromSql<Text, DB> for $word
        where
            DB: Backend,
            String: FromSql<Text, DB>,
        {
            fn from_sql(value: DB::RawValue<'_>) -> deserialize::Result<Self> {
                Ok(String::from_sql(value)?.parse()?)
            }
        }
        value!($word, Text);
    )+};
}

words!(
    crate::domain::Step,
    crate::domain::Kind,
    crate::domain::Outcome,
    crate::domain::CloseReason,
    crate::domain::TopicOrigin,
    crate::domain::AnswerKind,
    crate::domain::AnswerState,
    crate::domain::ReworkReason,
    crate::domain::Form,
    crate::domain::Role,
    crate::domain::sla::ClockKind,
    crate::domain::sla::ClockState,
    crate::domain::disclosure::DisclosureKind,
    crate::domain::file::FileState,
    crate::domain::notice::NoticeKind,
    crate::domain::notice::NoticeState,
    crate::domain::PageState,
    crate::domain::Listening,
    crate::domain::PostingState,
    crate::domain::Via,
    crate::domain::advice::Head,
    crate::domain::advice::ModelState,
    crate::domain::PlaceOrigin,
    crate::domain::LikenessState,
    crate::domain::BurstState,
    crate::domain::decision::BatchState,
    crate::domain::decision::DecisionState,
);
