# SPDX-License-Identifier: BSL-1.0
# The target holdfast_bench_rust: cargo compiles bench/rust/ in the build folder, without the net.
set(rust_features "")
set(rust_dependencies "")
if(parking_lot_found)
  set(rust_features "\"with_parking_lot\"")
  set(rust_dependencies "parking_lot = \"${parking_lot_version}\"")
endif()
configure_file(rust/Cargo.toml.in rust/Cargo.toml @ONLY)
configure_file(rust/config.toml.in rust/.cargo/config.toml @ONLY)

set(rust_folder "${CMAKE_CURRENT_BINARY_DIR}/rust")
set(rust_archive "${rust_folder}/target/release/libholdfast_bench_rust.a")
add_custom_command(
  OUTPUT "${rust_archive}"
  COMMAND "${CMAKE_COMMAND}" -E env "RUSTC=${HOLDFAST_RUSTC}" "${HOLDFAST_CARGO}" build --quiet
          --release --offline --target-dir "${rust_folder}/target"
  DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/rust/lib.rs" "${rust_folder}/Cargo.toml"
          "${rust_folder}/.cargo/config.toml"
  WORKING_DIRECTORY "${rust_folder}"
  COMMENT "Building the Rust rivals with cargo"
  VERBATIM)
add_custom_target(holdfast_bench_rust_crate DEPENDS "${rust_archive}")
add_library(holdfast_bench_rust INTERFACE)
add_dependencies(holdfast_bench_rust holdfast_bench_rust_crate)
target_link_libraries(holdfast_bench_rust INTERFACE "${rust_archive}" Threads::Threads ${CMAKE_DL_LIBS})
