//! Which options were typed, as opposed to those that a variable or a default gave.

use clap::parser::ValueSource;
use clap::{ArgMatches, Command};

/// The options on the command line, each with the heading that it has in the help.
#[derive(Debug, Default)]
pub(in crate::cli) struct Typed(Vec<(String, String)>);

impl Typed {
    /// Those of the subcommand; `command` is what parsed `matches`.
    pub(in crate::cli) fn of(command: &Command, matches: &ArgMatches) -> Self {
        let Some((name, matches)) = matches.subcommand() else { return Self::default() };
        let arguments = command.find_subcommand(name).into_iter().flat_map(Command::get_arguments);
        let typed = arguments.filter_map(|argument| {
            let by_hand = matches.value_source(argument.get_id().as_str()) == Some(ValueSource::CommandLine);
            let (heading, option) = (argument.get_help_heading()?, argument.get_long()?);
            by_hand.then(|| (heading.to_owned(), format!("--{option}")))
        });
        Self(typed.collect())
    }

    /// The first one under one of these headings, as it is written: `--level`.
    pub(in crate::cli) fn under(&self, headings: &[&str]) -> Option<&str> {
        self.0.iter().find(|(heading, _)| headings.contains(&heading.as_str())).map(|(_, option)| option.as_str())
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::super::super::OUR_VARIABLES;
    use super::super::{ABOUT_SOURCE, Cli};
    use super::*;

    #[test]
    fn what_was_typed_is_told_apart_from_defaults() {
        for (words, about_source) in [
            (&["digest", "r.io/a:v1"][..], None),
            (&["digest", "r.io/a:v1", "--jobs", "2", "--format", "json"], None),
            (&["digest", "r.io/a:v1", "--jobs", "2", "--level", "9"], Some("--level")),
            (&["digest", "r.io/a:v1", "--media-types", "oci"], Some("--media-types")),
            (&["digest", "r.io/a:v1", "--ignore", "x"], Some("--ignore")),
            (&["digest", "r.io/a:v1", "--allow-empty"], Some("--allow-empty")),
        ] {
            let mut command = Cli::command();
            let matches = command.try_get_matches_from_mut(["consign"].iter().chain(words)).unwrap();
            assert_eq!(Typed::of(&command, &matches).under(&ABOUT_SOURCE), about_source, "{words:?}");
        }
    }

    #[test]
    fn the_options_are_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_variable_that_stands_for_an_option_begins_alike() {
        let mut command = Cli::command();
        command.build();
        let mut commands = vec![&command];
        let mut seen = 0;
        while let Some(command) = commands.pop() {
            commands.extend(command.get_subcommands());
            for variable in command.get_arguments().filter_map(clap::Arg::get_env) {
                assert!(variable.as_encoded_bytes().starts_with(OUR_VARIABLES), "{}", variable.display());
                seen += 1;
            }
        }
        assert!(seen > 10);
    }
}
