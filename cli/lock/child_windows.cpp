// SPDX-License-Identifier: BSL-1.0
// Starting and waiting for the command on Windows, in a job that ends it when we are ended.
#if defined(_WIN32)

#include <cerrno>
#include <csignal>
#include <system_error>

#include "child.hpp"
#include "exit_code.hpp"
#include "windows_text.hpp"

namespace cli {
namespace {

constexpr DWORD by_control_c = 0xC000013A;

// Of an exception that nobody caught the code is the process's: an error of the system, with Ctrl-C among
// them, or that of C++ or of .NET. Other codes, as -1, are what a program says of itself.
constexpr bool is_of_exception(DWORD code) noexcept {
  constexpr DWORD errors_of_system = 0xC;
  constexpr DWORD of_cpp = 0xE06D7363;
  constexpr DWORD of_net = 0xE0434352;
  return code >> 28 == errors_of_system || code == of_cpp || code == of_net;
}

volatile LONG interrupts = 0;

// The command has the same console and is told as well: it decides.
BOOL WINAPI on_control(DWORD event) {
  if (event != CTRL_C_EVENT && event != CTRL_BREAK_EVENT) return FALSE;
  ::InterlockedIncrement(&interrupts);
  return TRUE;
}

// So that the program reads the word as it is: backslashes before a quote, or at the end, are doubled.
std::wstring quoted(const std::string& word) {
  const std::wstring text = wide_of(word);
  if (!text.empty() && text.find_first_of(L" \t\n\v\"") == std::wstring::npos) return text;
  std::wstring result = L"\"";
  std::size_t backslashes = 0;
  for (const wchar_t c : text) {
    if (c == L'"') result.append(backslashes + 1, L'\\');
    backslashes = c == L'\\' ? backslashes + 1 : 0;
    result += c;
  }
  return result.append(backslashes, L'\\') + L'"';
}

int errno_of_start() noexcept {
  const DWORD error = ::GetLastError();
  return error == ERROR_FILE_NOT_FOUND || error == ERROR_PATH_NOT_FOUND ? ENOENT : EACCES;
}

void limit(void* job, DWORD flags) noexcept {
  JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits{};
  limits.BasicLimitInformation.LimitFlags = flags;
  ::SetInformationJobObject(job, JobObjectExtendedLimitInformation, &limits, sizeof limits);
}

}  // namespace

child::child() : job_(::CreateJobObjectW(nullptr, nullptr)) {
  if (job_ == nullptr)
    throw std::system_error(EAGAIN, std::generic_category(), "cannot make a job for the command");
  limit(job_, JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE);
  ::SetConsoleCtrlHandler(on_control, TRUE);
}

// What the command has left running lives on.
child::~child() {
  ::SetConsoleCtrlHandler(on_control, FALSE);
  limit(job_, 0);
  ::CloseHandle(job_);
}

// It does not run before it is in the job.
int child::start(const std::vector<std::string>& words) {
  std::wstring line;
  for (const std::string& each : words) line += (line.empty() ? L"" : L" ") + quoted(each);
  STARTUPINFOW how{};
  how.cb = sizeof how;
  PROCESS_INFORMATION made{};
  if (::CreateProcessW(nullptr, line.data(), nullptr, nullptr, TRUE, CREATE_SUSPENDED, nullptr,
                       nullptr, &how, &made) == 0)
    return errno_of_start();
  const bool in_job = ::AssignProcessToJobObject(job_, made.hProcess) != 0;
  if (in_job)
    ::ResumeThread(made.hThread);
  else
    ::TerminateProcess(made.hProcess, command_cannot_run);
  ::CloseHandle(made.hThread);
  process_ = made.hProcess;
  return in_job ? 0 : EACCES;
}

ending child::run(const std::vector<std::string>& words,
                  const std::optional<std::chrono::nanoseconds>& /*grace*/) {
  ending end;
  end.exec_error = start(words);
  if (end.exec_error != 0) {
    end.exit_code = end.exec_error == ENOENT ? command_not_found : command_cannot_run;
    return end;
  }
  ::WaitForSingleObject(process_, INFINITE);
  DWORD code = 0;
  ::GetExitCodeProcess(process_, &code);
  ::CloseHandle(process_);
  if (!is_of_exception(code)) {
    end.exit_code = static_cast<int>(code);
    return end;
  }
  end.signal = code == by_control_c ? SIGINT : SIGSEGV;
  end.exit_code = by_signal + end.signal;
  end.asked = code == by_control_c;
  end.by_terminal = end.asked && interrupts != 0;
  return end;
}

}  // namespace cli

#endif
