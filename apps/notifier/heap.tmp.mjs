import inspector from 'node:inspector/promises'; import fs from 'node:fs';
const s=new inspector.Session(); s.connect();
await s.post('HeapProfiler.startSampling',{samplingInterval:4096,includeObjectsCollectedByMajorGC:true,includeObjectsCollectedByMinorGC:false});
process.exit=(c)=>{ s.post('HeapProfiler.stopSampling').then(({profile})=>{ const self=new Map(); let tot=0; const walk=n=>{const k=n.callFrame.functionName+' '+n.callFrame.url.split('/').slice(-3).join('/')+':'+n.callFrame.lineNumber; self.set(k,(self.get(k)??0)+n.selfSize); tot+=n.selfSize; n.children.forEach(walk)}; walk(profile.head); console.log((tot/1e6).toFixed(0),'MB total'); for(const [k,v] of [...self].sort((a,b)=>b[1]-a[1]).slice(0,25)) console.log((v/tot*100).toFixed(1)+'%',k); process.reallyExit(0)}) };
await import('./load3.tmp.mjs');
