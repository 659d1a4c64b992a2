# Development controls. Lines: `> method params`, then what the answer must contain (`< part`), and `= name`
# keeps the result's text for $name later on. Every file starts on a fresh chain: id 7, one funded account.
> anvil_setBalance ["0x00000000000000000000000000000000000000aa","0x64"]
< "result":null
> eth_getBalance ["0x00000000000000000000000000000000000000aa","latest"]
< "result":"0x64"
> hardhat_setBalance ["0x00000000000000000000000000000000000000aa","0xc8"]
< "result":true
> eth_getBalance ["0x00000000000000000000000000000000000000aa"]
< "result":"0xc8"
> anvil_setBalance ["0x0000000000000000000000000000000000000910","0x1"]
< "code":-32000
> anvil_setNonce ["0x00000000000000000000000000000000000000aa","0x5"]
< "result":null
> hardhat_setNonce ["0x00000000000000000000000000000000000000aa","0x6"]
< "result":true
> eth_getTransactionCount ["0x00000000000000000000000000000000000000aa","latest"]
< "result":"0x6"
> anvil_setCode ["0x00000000000000000000000000000000000000bb","0x5f545f5260205ff3"]
< "result":null
> hardhat_setCode ["0x00000000000000000000000000000000000000bc","0x5f545f5260205ff3"]
< "result":true
> eth_getCode ["0x00000000000000000000000000000000000000bc","latest"]
< "result":"0x5f545f5260205ff3"
> anvil_setStorageAt ["0x00000000000000000000000000000000000000bb","0x0","0x000000000000000000000000000000000000000000000000000000000000002a"]
< "result":true
> hardhat_setStorageAt ["0x00000000000000000000000000000000000000bc","0x0","0x2b"]
< "result":true
> eth_getStorageAt ["0x00000000000000000000000000000000000000bb","0x0","latest"]
< "result":"0x000000000000000000000000000000000000000000000000000000000000002a"
> eth_call [{"to":"0x00000000000000000000000000000000000000bc"},"latest"]
< 2b"
> anvil_setCoinbase ["0x00000000000000000000000000000000000000cc"]
< "result":null
> hardhat_setCoinbase ["0x00000000000000000000000000000000000000cd"]
< "result":true
> anvil_setNextBlockBaseFeePerGas ["0x1"]
< "result":null
> hardhat_setNextBlockBaseFeePerGas ["0x12345"]
< "result":true
> anvil_mine []
< "result":null
> eth_getBlockByNumber ["latest",false]
< "number":"0x1"
< "baseFeePerGas":"0x12345"
< "miner":"0x00000000000000000000000000000000000000cd"
> hardhat_mine ["0x3","0xa"]
< "result":true
> eth_blockNumber []
< "result":"0x4"
> evm_mine []
< "result":"0x0"
> evm_mine [{"blocks":2}]
< "result":"0x0"
> eth_blockNumber []
< "result":"0x7"
> anvil_mine ["0x186a1"]
< 100001 blocks in one call (limit 100000)
> evm_snapshot []
= snap
> evm_increaseTime [100]
< "result":
> evm_setNextBlockTimestamp ["0xfffffffff"]
< "result":null
> evm_mine []
< "result":"0x0"
> eth_getBlockByNumber ["latest",false]
< "timestamp":"0xfffffffff"
> evm_setNextBlockTimestamp ["0x1"]
< is not after the head block's
> evm_revert ["$snap"]
< "result":true
> evm_revert ["$snap"]
< "result":false
> eth_blockNumber []
< "result":"0x7"
> evm_setAutomine [false]
< "result":true
> eth_sendTransaction [{"to":"0x00000000000000000000000000000000000000aa","value":"0x1"}]
= waiting
> txpool_status []
< "pending":"0x1"
< "queued":"0x0"
> eth_sendTransaction [{"to":"0x00000000000000000000000000000000000000aa","value":"0x1","nonce":"0x5"}]
= later
> txpool_content []
< "queued":{"0x
< "hash":"$later"
> eth_getTransactionByHash ["$waiting"]
< "blockHash":null
> anvil_dropTransaction ["$waiting"]
< "result":"$waiting"
> hardhat_dropTransaction ["$later"]
< "result":true
> hardhat_dropTransaction ["$later"]
< "result":false
> txpool_status []
< "pending":"0x0"
> evm_setIntervalMining [0]
< "result":true
> evm_setAutomine [true]
< "result":true
> eth_sendTransaction [{"from":"0x00000000000000000000000000000000000000aa","to":"0x00000000000000000000000000000000000000ab","value":"0x1","gasPrice":"0x77359400"}]
< unknown account
> anvil_setBalance ["0x00000000000000000000000000000000000000aa","0xde0b6b3a7640000"]
< "result":null
> anvil_impersonateAccount ["0x00000000000000000000000000000000000000aa"]
< "result":null
> eth_sendTransaction [{"from":"0x00000000000000000000000000000000000000aa","to":"0x00000000000000000000000000000000000000ab","value":"0x1"}]
= sent
> eth_getTransactionByHash ["$sent"]
< "from":"0x00000000000000000000000000000000000000aa"
< "nonce":"0x6"
> anvil_stopImpersonatingAccount ["0x00000000000000000000000000000000000000aa"]
< "result":null
> hardhat_impersonateAccount ["0x00000000000000000000000000000000000000aa"]
< "result":true
> hardhat_stopImpersonatingAccount ["0x00000000000000000000000000000000000000aa"]
< "result":true
> eth_sendTransaction [{"from":"0x00000000000000000000000000000000000000aa","to":"0x00000000000000000000000000000000000000ab"}]
< unknown account
> anvil_autoImpersonateAccount [true]
< "result":null
> eth_sendTransaction [{"from":"0x00000000000000000000000000000000000000aa","to":"0x00000000000000000000000000000000000000ab"}]
< "result":"0x
> anvil_nodeInfo []
< "hardFork":"Osaka"
< "chainId":"0x7"
> hardhat_metadata []
< "chainId":7
< "clientVersion":"tandem/test"
