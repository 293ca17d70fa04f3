// The Bot API of the npm package telegram-test-api, at a port that is free.
const net = require('net')
const TelegramServer = require('telegram-test-api')
const probe = net.createServer().listen(0, '127.0.0.1', () => {
  const { port } = probe.address()
  probe.close(async () => {
    const server = new TelegramServer({ host: '127.0.0.1', port })
    await server.start()
    console.log(server.config.apiURL)
  })
})
