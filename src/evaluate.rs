pub mod pairs;
pub mod places;
