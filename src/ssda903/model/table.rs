//! The files of the return: their columns in order, and their rows as the cells that stand in them.
use std::fmt;

/// A row of one of the files.
pub trait Record: Sized {
    /// The file that it is of.
    const TABLE: Table;

    /// The row of these cells, which stands in this line; cells that are missing are empty.
    fn of(line: usize, cells: Vec<String>) -> Self;

    /// The line in which it begins; 0 of a row that was made here.
    fn line(&self) -> usize;

    /// The child that it is about.
    fn child(&self) -> &str;

    /// Its cells, in the order of the columns.
    fn cells(&self) -> Vec<&str>;
}

/// Writes the files down once: the row of each, and what is common to all.
macro_rules! tables {
    ($($(#[$doc:meta])* $name:ident in $all:ident as $title:literal since $since:literal
        { $($field:ident = $column:literal),+ $(,)? })+) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Default, PartialEq, Eq)]
            pub struct $name {
                /// The line in which it begins; 0 of a row that was made here.
                pub line: usize,
                $(#[doc = concat!("The cell under ", $column, ".")] pub $field: String,)+
            }

            impl Record for $name {
                const TABLE: Table = Table::$name;

                fn of(line: usize, cells: Vec<String>) -> Self {
                    let mut cells = cells.into_iter();
                    Self { line, $($field: cells.next().unwrap_or_default()),+ }
                }

                fn line(&self) -> usize {
                    self.line
                }

                fn child(&self) -> &str {
                    &self.child
                }

                fn cells(&self) -> Vec<&str> {
                    vec![$(self.$field.as_str()),+]
                }
            }

            /// A row is about a child: nothing of it is shown.
            impl fmt::Debug for $name {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    write!(f, "{}({})", $title, self.line)
                }
            }
        )+

        /// A file of the return.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Table {
            $(#[doc = concat!("The file ", $title, ".")] $name,)+
        }

        impl Table {
            /// All of them, in the order in which they are written.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// Its name.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self {
                    $(Self::$name => $title,)+
                }
            }

            /// The names of its columns, in order.
            #[must_use]
            pub const fn columns(self) -> &'static [&'static str] {
                match self {
                    $(Self::$name => &[$($column),+],)+
                }
            }

            /// The first reporting year whose return has it.
            #[must_use]
            pub const fn since(self) -> i32 {
                match self {
                    $(Self::$name => $since,)+
                }
            }
        }

        /// A return: the rows of all its files.
        #[derive(Debug, Clone, Default, PartialEq, Eq)]
        pub struct Return {
            $(#[doc = concat!("The rows of ", $title, ".")] pub $all: Vec<$name>,)+
        }

        impl Return {
            /// Puts a row behind the others of its file.
            pub fn add(&mut self, table: Table, line: usize, cells: Vec<String>) {
                match table {
                    $(Table::$name => self.$all.push($name::of(line, cells)),)+
                }
            }

            /// The cells of a file, row by row.
            #[must_use]
            pub fn rows(&self, table: Table) -> Vec<Vec<&str>> {
                match table {
                    $(Table::$name => self.$all.iter().map(Record::cells).collect(),)+
                }
            }

            /// Puts the rows of another one behind these.
            pub fn append(&mut self, mut other: Self) {
                $(self.$all.append(&mut other.$all);)+
            }

            /// The rows about a child.
            #[must_use]
            pub fn of_child(&self, child: &str) -> Self {
                Self {
                    $($all: self.$all.iter().filter(|row| row.child == child).cloned().collect(),)+
                }
            }

            /// Says of each row in which line it stands once the files are written.
            pub fn number(&mut self) {
                $(for (place, row) in self.$all.iter_mut().enumerate() {
                    row.line = place + 2;
                })+
            }

            /// The lines and the cells of a file, row by row.
            #[must_use]
            pub fn lines(&self, table: Table) -> Vec<(usize, Vec<&str>)> {
                match table {
                    $(Table::$name => {
                        self.$all.iter().map(|row| (row.line, row.cells())).collect()
                    })+
                }
            }
        }
    };
}

tables! {
    /// Who the child is.
    Header in headers as "Header" since 2018 {
        child = "CHILD", sex = "SEX", dob = "DOB", ethnic = "ETHNIC", upn = "UPN",
        mother = "MOTHER", mc_dob = "MC_DOB",
    }
    /// Where the child lived, and in whose authority it was, from day to day.
    Episode in episodes as "Episodes" since 2018 {
        child = "CHILD", decom = "DECOM", rne = "RNE", ls = "LS", cin = "CIN", place = "PLACE",
        place_provider = "PLACE_PROVIDER", dec = "DEC", rec = "REC",
        reason_place_change = "REASON_PLACE_CHANGE", home_post = "HOME_POST", pl_post = "PL_POST",
        urn = "URN",
    }
    /// A review, and how the child took part.
    Review in reviews as "Reviews" since 2018 {
        child = "CHILD", dob = "DOB", review = "REVIEW", review_code = "REVIEW_CODE",
    }
    /// A child who came alone and seeks asylum.
    Uasc in uasc as "UASC" since 2018 {
        child = "CHILD", sex = "SEX", dob = "DOB", duc = "DUC",
    }
    /// How a child fared who was looked after for twelve months.
    Oc2 in oc2 as "OC2" since 2018 {
        child = "CHILD", dob = "DOB", sdq_score = "SDQ_SCORE", sdq_reason = "SDQ_REASON",
        convicted = "CONVICTED", health_check = "HEALTH_CHECK", immunisations = "IMMUNISATIONS",
        teeth_check = "TEETH_CHECK", health_assessment = "HEALTH_ASSESSMENT",
        substance_misuse = "SUBSTANCE_MISUSE", intervention_received = "INTERVENTION_RECEIVED",
        intervention_offered = "INTERVENTION_OFFERED",
    }
    /// How somebody fares who left care.
    Oc3 in oc3 as "OC3" since 2018 {
        child = "CHILD", dob = "DOB", in_touch = "IN_TOUCH", activ = "ACTIV", accom = "ACCOM",
    }
    /// How a child was adopted.
    Ad1 in ad1 as "AD1" since 2018 {
        child = "CHILD", dob = "DOB", date_int = "DATE_INT", date_match = "DATE_MATCH",
        foster_care = "FOSTER_CARE", nb_adoptr = "NB_ADOPTR", sex_adoptr = "SEX_ADOPTR",
        ls_adoptr = "LS_ADOPTR",
    }
    /// That a child should be placed for adoption.
    PlacedAdoption in placed_adoptions as "PlacedAdoption" since 2018 {
        child = "CHILD", dob = "DOB", date_placed = "DATE_PLACED",
        date_placed_ceased = "DATE_PLACED_CEASED", reason_placed_ceased = "REASON_PLACED_CEASED",
    }
    /// Whether the child had a lasting home before.
    PrevPerm in prev_perms as "PrevPerm" since 2018 {
        child = "CHILD", dob = "DOB", prev_perm = "PREV_PERM", la_perm = "LA_PERM",
        date_perm = "DATE_PERM",
    }
    /// A time in which a child was missing.
    Missing in missing as "Missing" since 2018 {
        child = "CHILD", dob = "DOB", missing = "MISSING", mis_start = "MIS_START",
        mis_end = "MIS_END",
    }
    /// Who was the child's worker.
    SwEpisode in sw_episodes as "SWEpisodes" since 2024 {
        child = "CHILD", dob = "DOB", sw_id = "SW_ID", sw_decom = "SW_DECOM", sw_dec = "SW_DEC",
        sw_reason = "SW_REASON",
    }
    /// A time in which a child was deprived of liberty.
    DoLo in dolo as "DoLo" since 2027 {
        child = "CHILD", dob = "DOB", dolo_start = "DOLO_START", dolo_end = "DOLO_END",
    }
}

/// The columns that hold days.
const DAYS: &[&str] = &[
    "DOB",
    "MC_DOB",
    "DECOM",
    "DEC",
    "REVIEW",
    "DUC",
    "DATE_INT",
    "DATE_MATCH",
    "DATE_PLACED",
    "DATE_PLACED_CEASED",
    "DATE_PERM",
    "MIS_START",
    "MIS_END",
    "SW_DECOM",
    "SW_DEC",
    "DOLO_START",
    "DOLO_END",
];

impl Table {
    /// The file that has exactly these columns.
    #[must_use]
    pub fn with_columns(columns: &[String]) -> Option<Self> {
        Self::ALL.iter().copied().find(|table| table.columns() == columns)
    }

    /// The files of the return of a year.
    pub fn of_year(year: super::Year) -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied().filter(move |table| table.since() <= year.number())
    }

    /// Whether a column holds days.
    #[must_use]
    pub fn is_day(column: &str) -> bool {
        DAYS.contains(&column)
    }
}
