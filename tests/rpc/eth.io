# What clients ask of a chain: fees, signatures, filters, receipts.
> web3_clientVersion []
< "result":"tandem/test"
> net_version []
< "result":"7"
> net_listening []
< "result":true
> eth_chainId []
< "result":"0x7"
> eth_syncing []
< "result":false
> eth_accounts []
< "result":["0x7e5f4552091a69125d5dfcb7b8c2659029395bdf"]
> eth_gasPrice []
< "result":"0x
> eth_maxPriorityFeePerGas []
< "result":"0x3b9aca00"
> eth_blobBaseFee []
< "result":"0x1"
> eth_newFilter [{"address":"0x00000000000000000000000000000000000000bb"}]
= logs
> eth_newBlockFilter []
= blocks
> eth_newPendingTransactionFilter []
= pending
> anvil_setCode ["0x00000000000000000000000000000000000000bb","0x602a5f525f35600760205fa200"]
< "result":null
> eth_estimateGas [{"to":"0x00000000000000000000000000000000000000bb","data":"0x01"}]
< "result":"0x
> eth_fillTransaction [{"from":"0x7e5f4552091a69125d5dfcb7b8c2659029395bdf","to":"0x00000000000000000000000000000000000000bb"}]
< "raw":"0x02
< "type":"0x2"
< "nonce":"0x0"
> eth_sendTransaction [{"from":"0x7e5f4552091a69125d5dfcb7b8c2659029395bdf","to":"0x00000000000000000000000000000000000000bb"}]
= tx
> eth_getTransactionReceipt ["$tx"]
< "status":"0x1"
< "logIndex":"0x0"
< "topics":["0x0000000000000000000000000000000000000000000000000000000000000007","0x0000000000000000000000000000000000000000000000000000000000000000"]
< "data":"0x000000000000000000000000000000000000000000000000000000000000002a"
< "contractAddress":null
> tandem_getResources ["$tx"]
< "machines":["evm"]
< "refTime":"0x0"
> eth_getTransactionByHash ["$tx"]
< "blockNumber":"0x1"
< "yParity":
> eth_getTransactionByBlockNumberAndIndex ["0x1","0x0"]
< "hash":"$tx"
> eth_getTransactionByBlockNumberAndIndex ["0x1","0x1"]
< "result":null
> eth_getBlockTransactionCountByNumber ["0x1"]
< "result":"0x1"
> eth_getBlockByNumber ["0x1",true]
< "hash":"$tx"
< "requestsHash":"0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
> eth_getBlockReceipts ["0x1"]
< "transactionHash":"$tx"
> eth_getFilterChanges ["$pending"]
< "result":["$tx"]
> eth_getFilterChanges ["$blocks"]
= hashes
> eth_getFilterChanges ["$logs"]
< "transactionHash":"$tx"
> eth_getFilterChanges ["$logs"]
< "result":[]
> eth_getFilterLogs ["$logs"]
< "transactionHash":"$tx"
> eth_getLogs [{"fromBlock":"0x0","topics":[["0x0000000000000000000000000000000000000000000000000000000000000007"]]}]
< "transactionHash":"$tx"
> eth_getLogs [{"fromBlock":"0x0","topics":[null,"0x0000000000000000000000000000000000000000000000000000000000000001"]}]
< "result":[]
> eth_getLogs [{"fromBlock":"0x5","toBlock":"0x1"}]
< invalid block range params
> eth_uninstallFilter ["$logs"]
< "result":true
> eth_uninstallFilter ["$logs"]
< "result":false
> eth_feeHistory ["0x2","latest",[0,50.5,100]]
< "oldestBlock":"0x0"
< "gasUsedRatio":[0,0.00
< "reward":[["0x0","0x0","0x0"],["0x3b9aca00"
> eth_feeHistory ["0x2","latest",[50,10]]
< invalid reward percentile
> personal_sign ["0x68656c6c6f","0x7e5f4552091a69125d5dfcb7b8c2659029395bdf"]
= signature
> eth_sign ["0x7e5f4552091a69125d5dfcb7b8c2659029395bdf","0x68656c6c6f"]
< "result":"$signature"
> eth_sign ["0x0000000000000000000000000000000000000001","0x00"]
< unknown account
> eth_signTypedData_v4 ["0x7e5f4552091a69125d5dfcb7b8c2659029395bdf",{"types":{"A":[{"name":"x","type":"uint256"}]},"primaryType":"A","domain":{"name":"t"},"message":{"x":"1"}}]
< "result":"0x
> eth_signTypedData_v4 ["0x7e5f4552091a69125d5dfcb7b8c2659029395bdf","{\"types\":{},\"primaryType\":\"A\",\"domain\":{},\"message\":{}}"]
< "code":-32602
> eth_sendRawTransaction ["0x02c0"]
< "code":-32000
> eth_getTransactionCount ["0x7e5f4552091a69125d5dfcb7b8c2659029395bdf","pending"]
< "result":"0x1"
> eth_getCode ["0x0000000000000000000000000000000000000910","latest"]
< "result":"0x60006000fd"
