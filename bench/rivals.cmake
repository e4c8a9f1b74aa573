# SPDX-License-Identifier: BSL-1.0
# The rivals: other libraries' locks. Each that is found takes part; each that is not is left out, and
# the tool says so. Writes contenders/rivals_found.hpp and fills the target holdfast_rivals.
add_library(holdfast_rivals INTERFACE)
set(rival_includes "")
set(rival_types "")
set(rival_versions "")
set(left_out_lines "")

# rival(TYPE FOUND HEADER x LOCKS x VERSION x WITHOUT x TARGETS x...): TYPE is the struct in
# contenders/HEADER; WITHOUT says why it would be left out.
macro(rival type found)
  cmake_parse_arguments(rival "" "HEADER;LOCKS;VERSION;WITHOUT" "TARGETS" ${ARGN})
  if(NOT HOLDFAST_BENCH_RIVALS)
    list(APPEND left_out_lines "\"${rival_LOCKS} (HOLDFAST_BENCH_RIVALS is off)\"")
  elseif(${found})
    list(APPEND rival_includes "#include \"contenders/${rival_HEADER}\"\n")
    list(APPEND rival_types "${type}")
    list(APPEND rival_versions "${rival_VERSION}")
    target_link_libraries(holdfast_rivals INTERFACE ${rival_TARGETS})
  else()
    list(APPEND left_out_lines "\"${rival_LOCKS} (${rival_WITHOUT})\"")
  endif()
endmacro()

find_package(absl QUIET CONFIG)
rival(absl_library absl_FOUND
      HEADER absl.hpp
      LOCKS "absl::Mutex, absl::CondVar"
      VERSION "Abseil ${absl_VERSION} (deadlock detection off)"
      WITHOUT "package libabsl-dev is not installed"
      TARGETS absl::synchronization)

find_path(HOLDFAST_NSYNC_INCLUDE nsync.h)
find_library(HOLDFAST_NSYNC_LIBRARY nsync_cpp)
set(nsync_found FALSE)
if(HOLDFAST_NSYNC_INCLUDE AND HOLDFAST_NSYNC_LIBRARY)
  set(nsync_found TRUE)
  file(REAL_PATH "${HOLDFAST_NSYNC_LIBRARY}" nsync_file) # it tells its version nowhere else
  string(REGEX MATCH "[0-9]+\\.[0-9]+\\.[0-9]+$" nsync_version "${nsync_file}")
endif()
rival(nsync_library nsync_found
      HEADER nsync.hpp
      LOCKS "nsync_mu, nsync_cv"
      VERSION "nsync ${nsync_version}"
      WITHOUT "package libnsync-dev is not installed"
      TARGETS "${HOLDFAST_NSYNC_LIBRARY}")

find_package(TBB QUIET CONFIG)
rival(tbb_library TBB_FOUND
      HEADER tbb.hpp
      LOCKS "tbb::mutex, spin_mutex, queuing_mutex, rw_mutex, spin_rw_mutex"
      VERSION "oneTBB ${TBB_VERSION}"
      WITHOUT "package libtbb-dev is not installed"
      TARGETS TBB::tbb)

find_path(HOLDFAST_CK_INCLUDE ck_spinlock.h)
set(ck_found FALSE)
if(HOLDFAST_CK_INCLUDE)
  set(ck_found TRUE) # its spin locks are headers alone
  file(STRINGS "${HOLDFAST_CK_INCLUDE}/ck_md.h" ck_version REGEX "CK_VERSION")
  string(REGEX MATCH "[0-9.]+" ck_version "${ck_version}")
endif()
rival(ck_library ck_found
      HEADER ck.hpp
      LOCKS "ck_spinlock_fas, ck_spinlock_ticket, ck_spinlock_mcs"
      VERSION "Concurrency Kit ${ck_version}"
      WITHOUT "package libck-dev is not installed")

find_package(Boost QUIET CONFIG COMPONENTS thread)
rival(boost_library Boost_thread_FOUND
      HEADER boost.hpp
      LOCKS "boost::mutex, shared_mutex, condition_variable"
      VERSION "Boost ${Boost_VERSION_STRING}"
      WITHOUT "package libboost-thread-dev is not installed"
      TARGETS Boost::thread)

find_package(Boost QUIET CONFIG COMPONENTS fiber)
rival(boost_fiber_library Boost_fiber_FOUND
      HEADER boost_fiber.hpp
      LOCKS "boost::fibers::mutex, fiber"
      VERSION "Boost.Fiber ${Boost_VERSION_STRING}"
      WITHOUT "package libboost-fiber-dev is not installed"
      TARGETS Boost::fiber)

# Rust: a crate that cargo compiles; its standard library needs no package, parking_lot that of Debian.
find_program(HOLDFAST_CARGO cargo)
find_program(HOLDFAST_RUSTC rustc)
set(HOLDFAST_RUST_REGISTRY "/usr/share/cargo/registry" CACHE PATH "Where Debian's packages put crates")
set(rust_found FALSE)
set(parking_lot_found FALSE)
if(HOLDFAST_BENCH_RIVALS AND HOLDFAST_CARGO AND HOLDFAST_RUSTC)
  execute_process(COMMAND "${HOLDFAST_RUSTC}" --version OUTPUT_VARIABLE rust_version
                  RESULT_VARIABLE rust_exit_code ERROR_QUIET)
  string(REGEX MATCH "[0-9.]+" rust_version "${rust_version}")
  if(rust_exit_code EQUAL 0)
    set(rust_found TRUE)
    file(GLOB parking_lot_folder "${HOLDFAST_RUST_REGISTRY}/parking_lot-0.12.*")
  endif()
endif()
if(parking_lot_folder)
  set(parking_lot_found TRUE)
  string(REGEX MATCH "[0-9.]+$" parking_lot_version "${parking_lot_folder}")
endif()
if(rust_found)
  include(rust/build.cmake)
endif()
set(no_cargo "no cargo and rustc that work: install the package cargo")
rival(rust_std_library rust_found
      HEADER rust.hpp
      LOCKS "Rust std Mutex, RwLock, Condvar"
      VERSION "Rust ${rust_version}"
      WITHOUT "${no_cargo}"
      TARGETS holdfast_bench_rust)
if(rust_found)
  set(no_cargo "package librust-parking-lot-dev is not installed")
endif()
rival(rust_parking_lot_library parking_lot_found
      HEADER rust.hpp
      LOCKS "Rust parking_lot Mutex, RwLock, Condvar"
      VERSION "parking_lot ${parking_lot_version}"
      WITHOUT "${no_cargo}"
      TARGETS holdfast_bench_rust)

# Not a rival, and left out in the same way.
if(NOT TARGET holdfast::fiber)
  list(APPEND left_out_lines "\"workload fibers (HOLDFAST_BUILD_FIBER is off)\"")
endif()
if(NOT TARGET holdfast::process)
  list(APPEND left_out_lines "\"workload processes (HOLDFAST_BUILD_PROCESS is off)\"")
endif()

list(REMOVE_DUPLICATES rival_includes)
list(LENGTH left_out_lines rivals_left_out)
list(JOIN rival_includes "" rival_includes)
list(JOIN rival_types ", " rival_types)
list(JOIN rival_versions ", " rival_versions)
list(JOIN left_out_lines ", " left_out_lines)
configure_file(contenders/rivals_found.hpp.in contenders/rivals_found.hpp @ONLY)
target_include_directories(holdfast_rivals INTERFACE "${CMAKE_CURRENT_BINARY_DIR}")
