// SPDX-License-Identifier: BSL-1.0
// Finds the name among the options.
#include "command_words.hpp"

#include <iterator>

#include <fmt/format.h>

#include "output.hpp"

namespace cli {
namespace {

bool takes_value(const CLI::App& app, const std::string& option) {
  const CLI::Option* const found = app.get_option_no_throw(option);
  return found != nullptr && found->get_items_expected_min() > 0;
}

// Whether the value of this word's option is the next word.
bool value_follows(const CLI::App& app, const std::string& word) {
  if (word.starts_with("--")) return word.find('=') == std::string::npos && takes_value(app, word);
  for (std::size_t i = 1; i < word.size(); ++i)
    if (takes_value(app, {'-', word[i]})) return i + 1 == word.size();
  return false;
}

// The number of words up to the name and with it.
std::size_t own_words(const CLI::App& app, const std::vector<std::string>& words) {
  for (std::size_t i = 1; i < words.size(); ++i) {
    if (words[i] == "--") return i + 2;
    if (words[i].size() < 2 || words[i].front() != '-') return i + 1;
    if (value_follows(app, words[i])) ++i;
  }
  return words.size();
}

}  // namespace

std::vector<std::string> cut_command(const CLI::App& subcommand, std::vector<std::string>& words,
                                     std::string& misplaced) {
  const std::size_t own = own_words(subcommand, words);
  if (own >= words.size()) return {};
  const auto cut = words.begin() + static_cast<std::ptrdiff_t>(own);
  std::vector<std::string> command(std::make_move_iterator(cut),
                                   std::make_move_iterator(words.end()));
  words.erase(cut, words.end());
  if (command.front() == "--")
    command.erase(command.begin());
  else if (command.front().starts_with("-"))
    misplaced = fmt::format(
        "{} stands behind the name; options come before it, and a command that begins so behind "
        "'--'",
        shown(command.front()));
  return command;
}

}  // namespace cli
