import { createTransport } from 'nodemailer';
import { Readable } from 'node:stream';
import { renderMail } from './dist/rendering/render-mail.js';
const mode=process.argv[4];
import MailComposer from 'nodemailer/lib/mail-composer';
const t=createTransport({url:process.argv[2],pool:true,maxConnections:10,maxMessages:500,maxRequeues:0});
async function* collect(body){const c=[]; for await (const x of body) c.push(x); yield Buffer.concat(c);}
class Collected extends Readable { constructor(src){super(); this.src=src;} _read(){ if(this.started) return; this.started=true; const c=[]; this.src.on('data',x=>c.push(x)).on('end',()=>{this.push(Buffer.concat(c)); this.push(null)}).on('error',e=>this.destroy(e)); } }
if(mode.includes('g')) t.use('stream',(m,d)=>{m.message.processFunc(b=>Readable.from(collect(b))); d();});
if(mode.includes('c')) t.use('stream',(m,d)=>{m.message.processFunc(b=>new Collected(b)); d();});
const data={order_id:'019a0000-0000-7000-8000-000000000001',currency:'EUR',amount_total:123456,item_count:3,confirmed_at:'2026-06-13T10:00:00.000Z'};
const wrapHtml=h=>h.replace(/[^\x00-\x7f]/gu,c=>`&#${c.codePointAt(0)};`).replace(/(?<=[;>]) ?(?=[a-z<])/g,'\n');
let i=0; const N=Number(process.argv[3]??3000);
async function lane(){ while(i<N){ const k=i++; const m=renderMail('order-confirmed',data); if(mode.includes('7')) m.html=wrapHtml(m.html); if(mode.includes('b')) m.textEncoding='base64'; 
 if(mode.includes('r')){ const to=`p${k}@example.com`; const raw=await new MailComposer({...m,from:'Orderstream <orders@orderstream.example>',to:{name:'',address:to},messageId:`<${k}.email@x.example>`}).compile().build(); await t.sendMail({raw,envelope:{from:'orders@orderstream.example',to}}); continue; }
 await t.sendMail({...m,...(mode.includes('b')?{textEncoding:'base64'}:{}),from:'Orderstream <orders@orderstream.example>',to:{name:'',address:`p${k}@example.com`},messageId:`<${k}.email@x.example>`}); } }
for(let r=0;r<3;r++){ i=0; const c=process.cpuUsage(), s=performance.now(); await Promise.all(Array.from({length:10},lane)); const d=process.cpuUsage(c); console.log(mode,((d.user+d.system)/N).toFixed(0),'us cpu/mail', (N/(performance.now()-s)*1000).toFixed(0),'/s', (process.memoryUsage().rss/1e6).toFixed(0),'MB'); }
process.exit(0);
