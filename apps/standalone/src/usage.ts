export const USAGE = `usage: npm start [-- --help | --version]

Runs all of Trunkline in one process: listeners, event log, views and the API.
Settings come from environment variables (docs/operations.md has all of them):

  ESL_SWITCHES     FreeSWITCH nodes, name=esl://:password@host:8021,…
  KAMAILIO_NODES   Kamailio nodes, name=redis://host:6379/stream?rpc=http://host:5060/RPC,…
  DATA_DIR         folder of all data (data)
  HOST, PORT       where HTTP listens (127.0.0.1, 4000)
  JWT_SECRET       secret that signs tokens; or JWT_JWKS_URL

With neither ESL_SWITCHES nor KAMAILIO_NODES a simulated switch plays captured calls.
`
