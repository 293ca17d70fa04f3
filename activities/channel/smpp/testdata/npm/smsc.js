// An SMSC of the npm package smpp: it takes any bind, answers with hexadecimal ids,
// and sends the receipt with the decimal one and an answer of the person.
const smpp = require('smpp')
let next = 0x1A2B
const server = smpp.createServer({}, session => {
  session.on('error', () => {})
  session.on('bind_transceiver', p => session.send(p.response({ system_id: 'npm' })))
  session.on('enquire_link', p => session.send(p.response()))
  session.on('unbind', p => { session.send(p.response()); session.close() })
  session.on('submit_sm', p => {
    const id = next++
    session.send(p.response({ message_id: id.toString(16).toUpperCase() }))
    if (!p.registered_delivery) return
    session.deliver_sm({
      source_addr: p.destination_addr, destination_addr: p.source_addr, esm_class: 4,
      short_message: `id:${id} sub:001 dlvrd:001 submit date:2611222000 done date:2611222000 stat:DELIVRD err:000 text:`,
    })
    session.deliver_sm({
      source_addr_ton: 1, source_addr_npi: 1, source_addr: p.destination_addr, destination_addr: p.source_addr, data_coding: 8,
      short_message: 'recebi: ' + (typeof p.short_message.message === 'string' ? p.short_message.message : p.short_message.message.toString()),
    })
  })
})
server.listen(0, '127.0.0.1', () => console.log(server.address().port))
