// SPDX-License-Identifier: BSL-1.0
// The command holdfast: reads the command line, runs the subcommand, turns errors into messages.
#include <cerrno>
#include <exception>
#include <new>

#include "command.hpp"
#include "output.hpp"
#include "usage.hpp"
#include "version.hpp"

namespace {

cli::exit_code run(int argc, char** argv) {
  CLI::App app("Shows and measures the locks of the library holdfast.", "holdfast");
  app.set_version_flag("--version", "holdfast " + cli::version());
  app.require_subcommand(1);
  cli::job chosen;
  cli::add_demo(app, chosen);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return cli::answer(app, error);
  }
  return chosen();
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const cli::output_error& error) {
    // A reader that went away, as in `holdfast ... | head`, knows why.
    if (error.code().value() != EPIPE) cli::complain(error.what());
  } catch (const std::bad_alloc&) {
    cli::complain("out of memory");
  } catch (const std::exception& error) {
    cli::complain(error.what());
  }
  return cli::failure;
}
