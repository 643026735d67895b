import { EventProducer, encodeRecord, newEvent, orderConfirmed, uuidv7 } from '@orderstream/events';
const n=Number(process.argv[2]??1);
const p=new EventProducer({clientId:'t',brokers:['127.0.0.1:19092']});
const ev=Array.from({length:n},(_,i)=>newEvent(orderConfirmed,{order_id:uuidv7(),customer_id:'c-1',currency:'EUR',amount_total:123456,item_count:i%3+1,contact:{email:`perf-${i}@example.com`}},{source:'worker'}));
const t=performance.now();
for(let i=0;i<n;i+=2000){const o=await p.sendAll(ev.slice(i,i+2000).map(e=>encodeRecord(orderConfirmed,e))); for(const x of o) if(x.status==='rejected') {console.log(x);break}}
console.log('published',n,'in',performance.now()-t); await p.close();
