// SPDX-License-Identifier: Apache-2.0
//
// revm's interpreter over one code and one input, Cancun rules: `peer-revm CODE.hex INPUT.hex ROUNDS`.
// Prints the same JSON keys as `tandem run --bench`. Every round starts from an empty CacheDB with the account
// loaded (warm), which is made outside the clock; the code is analysed once, and stack and memory buffers are
// kept between rounds, as revm itself keeps them. The workloads make no calls, so one frame is the whole run.

use revm::{
    bytecode::Bytecode,
    context::{CfgEnv, Context},
    context_interface::JournalTr,
    database::{CacheDB, EmptyDB},
    interpreter::{
        instructions::{gas_table_spec, instruction_table},
        interpreter::{EthInterpreter, ExtBytecode},
        CallInput, InputsImpl, Interpreter, InterpreterAction, SharedMemory,
    },
    primitives::{hardfork::SpecId, hex, Address, Bytes, U256},
    state::AccountInfo,
    MainContext,
};
use std::{cell::RefCell, rc::Rc, time::Instant};

const GAS: u64 = 1_000_000_000;
const SPEC: SpecId = SpecId::CANCUN;

fn read_hex(path: &str) -> Result<Bytes, Box<dyn std::error::Error>> {
    Ok(hex::decode(std::fs::read_to_string(path)?.trim())?.into())
}

fn run() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().collect();
    let [_, code, input, rounds] = args.as_slice() else {
        return Err("usage: peer-revm CODE.hex INPUT.hex ROUNDS".into());
    };
    let (input, rounds): (Bytes, usize) = (read_hex(input)?, rounds.parse()?);
    let bytecode = Bytecode::new_raw(read_hex(code)?);
    let (own, caller) = (Address::with_last_byte(0xaa), Address::with_last_byte(0xbb));

    let mut db = CacheDB::new(EmptyDB::new());
    db.insert_account_info(own, AccountInfo::default().with_code(bytecode.clone()));
    let gas_table = gas_table_spec(SPEC);
    let buffer = Rc::new(RefCell::new(Vec::with_capacity(1 << 16)));
    let mut interpreter = Interpreter::<EthInterpreter>::default();
    let mut times = Vec::new();
    let mut last = None;
    for round in 0..=rounds {
        let mut host = Context::mainnet()
            .with_db(db.clone())
            .with_cfg(CfgEnv::new_with_spec(SPEC));
        let table = instruction_table::<EthInterpreter, _>();
        host.journaled_state.load_account_with_code(own)?;
        let inputs = InputsImpl {
            target_address: own,
            bytecode_address: Some(own),
            caller_address: caller,
            input: CallInput::Bytes(input.clone()),
            call_value: U256::ZERO,
            depth: 0,
        };
        let start = Instant::now();
        buffer.borrow_mut().clear();
        interpreter.clear(
            SharedMemory::new_with_buffer(buffer.clone()),
            ExtBytecode::new(bytecode.clone()),
            inputs,
            false,
            SPEC,
            GAS,
            0,
        );
        let action = interpreter.run_plain(&table, &gas_table, &mut host);
        let ns = start.elapsed().as_nanos();
        let InterpreterAction::Return(result) = action else {
            return Err("the code wants a call or a create: not for this peer".into());
        };
        if round > 0 {
            times.push(ns);
        }
        last = Some(result);
    }
    let result = last.expect("at least one round");
    times.sort_unstable();
    println!(
        "{{\"output\":\"{}\",\"gasUsed\":{},\"status\":\"{}\",\"nsMedian\":{}}}",
        hex::encode_prefixed(&result.output),
        GAS - result.gas.remaining(),
        if result.is_ok() { "success" } else { "failure" },
        times.get(times.len() / 2).copied().unwrap_or(0),
    );
    Ok(())
}

fn main() {
    if let Err(error) = run() {
        eprintln!("peer-revm: {error}");
        std::process::exit(1);
    }
}
