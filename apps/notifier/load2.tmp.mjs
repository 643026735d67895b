import { SmtpGateway } from './dist/email/smtp-gateway.js';
import { emailDelivery } from './dist/email/deliver-email.js';
const g=new SmtpGateway({url:process.argv[2],connections:10,connectTimeoutMs:10000,answerTimeoutMs:60000});
const deliver=emailDelivery(g,'Orderstream <orders@orderstream.example>');
const data={order_id:'019a0000-0000-7000-8000-000000000001',currency:'EUR',amount_total:123456,item_count:3,confirmed_at:'2026-06-13T10:00:00.000Z'};
let i=0; const N=Number(process.argv[3]??3000);
async function lane(){ while(i<N){ const k=i++; const o=await deliver({notification_id:String(k),attempts:1,age_ms:1,event_id:'x',channel:'email',template:'order-confirmed',data,order_id:'o',recipient:`p${k}@example.com`,message_id:`<${k}.email@x.example>`},new AbortController().signal); if(o.kind!=='sent') console.log(o);} }
for(let r=0;r<2;r++){ i=0; const c=process.cpuUsage(), t=performance.now(); await Promise.all(Array.from({length:10},lane)); const d=process.cpuUsage(c); console.log(((d.user+d.system)/N).toFixed(0),'us cpu/mail', (N/(performance.now()-t)*1000).toFixed(0),'/s', (process.memoryUsage().rss/1e6).toFixed(0),'MB'); }
process.exit(0);
