//! The table of keys. A row is a field: its doc comment is the documentation, its type the kind, the rest its default,
//! its bounds and what may happen to it while the program runs.

mod account;
mod collective;
mod data;
mod decide;
mod risk;
mod service;

pub use account::{Account, Top};
pub use collective::{Collective, Topic, Worker};
pub use data::{Data, Venue};
pub use decide::{ElectionKeys, EventLoop, PriceDirectionKeys, QuoterKeys, Strategy};
pub use risk::Risk;
pub use service::{Http, Journal};

use super::key::SectionTable;

/// Declares a section: a struct with a public field per key, and the rows of the table.
macro_rules! section {
    (
        $(#[doc = $about:literal])+
        $name:ident at $path:literal $($flag:ident)? {
            $( $(#[doc = $doc:literal])+ $field:ident : $type:ty $(, $method:ident $( ( $arg:literal ) )? )* ; )+
        }
    ) => {
        $(#[doc = $about])+
        #[derive(Clone, Debug, PartialEq)]
        pub struct $name {
            $( $(#[doc = $doc])+ pub $field: $type, )+
        }

        impl $name {
            /// The rows of this section.
            pub const TABLE: $crate::settings::key::SectionTable = $crate::settings::key::SectionTable::new(
                $path,
                concat!($($about),+),
                &[$(
                    $crate::settings::key::Key::new(
                        stringify!($field),
                        <$type as $crate::settings::value::SettingValue>::KIND,
                        concat!($($doc),+),
                    )
                    $( .$method( $( stringify!($arg) )? ) )*
                ),+],
            )
            $( .$flag() )?;

            /// Reads the section; `None` means that something was reported.
            pub(in $crate::settings) fn read(reader: &mut $crate::settings::reader::Reader<'_, '_>) -> Option<Self> {
                $( let $field = reader.take::<$type>(stringify!($field)); )+
                Some(Self { $( $field: $field?, )+ })
            }
        }
    };
}
use section;

/// All sections in the order of a file.
pub static SECTIONS: [SectionTable; 15] = [
    Top::TABLE,
    Account::TABLE,
    Data::TABLE,
    Venue::TABLE,
    EventLoop::TABLE,
    Strategy::TABLE,
    ElectionKeys::TABLE,
    PriceDirectionKeys::TABLE,
    QuoterKeys::TABLE,
    Risk::TABLE,
    Collective::TABLE,
    Topic::TABLE,
    Worker::TABLE,
    Http::TABLE,
    Journal::TABLE,
];
