// SPDX-License-Identifier: Apache-2.0
//
// polkavm's interpreter with synchronous gas over one export of a blob: `peer-polkavm BLOB ENTRY ARG ROUNDS`.
// Prints the same JSON keys as `tandem pvm run --bench`. Every round starts from the program's initial memory,
// which is restored outside the clock; the first, untimed round lets the interpreter compile its blocks.

use polkavm::{
    BackendKind, Config, Engine, GasMeteringKind, InterruptKind, Module, ModuleConfig, ProgramBlob,
    Reg,
};
use std::time::Instant;

const GAS: i64 = 1_000_000_000_000;

fn run() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().collect();
    let [_, file, entry, arg, rounds] = args.as_slice() else {
        return Err("usage: peer-polkavm BLOB ENTRY ARG ROUNDS".into());
    };
    let (arg, rounds): (u64, usize) = (arg.parse()?, rounds.parse()?);

    let mut config = Config::new();
    config.set_backend(Some(BackendKind::Interpreter));
    config.set_allow_experimental(true);
    let engine = Engine::new(&config)?;
    let mut module_config = ModuleConfig::new();
    module_config.set_gas_metering(Some(GasMeteringKind::Sync));
    let blob = ProgramBlob::parse(std::fs::read(file)?.into())?;
    let module = Module::from_blob(&engine, &module_config, blob)?;
    let pc = module
        .exports()
        .find(|export| export.symbol() == entry.as_str())
        .ok_or("no such export")?
        .program_counter();

    let mut instance = module.instantiate()?;
    let mut times = Vec::new();
    for round in 0..=rounds {
        instance.reset_memory()?;
        instance.set_gas(GAS);
        instance.prepare_call_untyped(pc, &[arg]);
        let start = Instant::now();
        let exit = instance.run()?;
        let ns = start.elapsed().as_nanos();
        if !matches!(exit, InterruptKind::Finished) {
            return Err(format!("did not finish: {exit:?}").into());
        }
        if round > 0 {
            times.push(ns);
        }
    }
    times.sort_unstable();
    println!(
        "{{\"exit\":\"finished\",\"gasUsed\":{},\"nsMedian\":{},\"a0\":\"0x{:x}\"}}",
        GAS - instance.gas(),
        times.get(times.len() / 2).copied().unwrap_or(0),
        instance.reg(Reg::A0)
    );
    Ok(())
}

fn main() {
    if let Err(error) = run() {
        eprintln!("peer-polkavm: {error}");
        std::process::exit(1);
    }
}
