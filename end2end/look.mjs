import { chromium } from '@playwright/test';
const app='http://127.0.0.1:3900', sb='http://127.0.0.1:3901', out='/tmp/look';
const pw=process.argv[2];
const b=await chromium.launch({executablePath:process.env.CHROMIUM,args:['--use-fake-ui-for-media-stream','--use-fake-device-for-media-stream','--no-sandbox']});
const post=(p,j={})=>fetch(sb+p,{method:'POST',headers:{'content-type':'application/json'},body:JSON.stringify(j)}).then(r=>r.json());
const get=(p)=>fetch(sb+p).then(r=>r.json());
const D='447700900000';
async function ctx(w,dark,lang){return b.newContext({viewport:{width:w,height:w<500?844:860},colorScheme:dark?'dark':'light',locale:lang||'en-GB',permissions:['microphone']});}
const waitState=async(s)=>{for(let i=0;i<200;i++){if((await get('/phones/'+D)).state===s)return;await new Promise(r=>setTimeout(r,100));}throw new Error('never '+s)};
for (const [tag,w,dark,lang] of process.argv[3]?[]:[['l1280',1280,false],['d390',390,true,'zh-CN']]) {
  const c=await ctx(w,dark,lang); const p=await c.newPage();
  p.on('console',m=>{if(['error','warning'].includes(m.type()))console.log(tag,m.type(),m.text())});
  await p.goto(app+'/'); await p.screenshot({path:`${out}/support-idle-${tag}.png`,fullPage:true});
  const btn=p.locator('button').filter({hasText:/Call now|立即|呼叫|通话/}).first();
  await btn.click(); await waitState('ringing'); await p.waitForTimeout(800); await p.screenshot({path:`${out}/support-ringing-${tag}.png`});
  await post(`/phones/${D}/answer`,{voice:{tone:440}}); await p.waitForTimeout(2500); await p.screenshot({path:`${out}/support-talking-${tag}.png`});
  const h=await c.newPage(); await h.goto(sb+'/'); await h.waitForTimeout(1500); await h.screenshot({path:`${out}/handset-${tag}.png`,fullPage:true}); await h.close();
  await p.bringToFront(); await post(`/phones/${D}/hangup`); await p.waitForTimeout(1500); await p.screenshot({path:`${out}/support-ended-${tag}.png`});
  await c.close();
}
for (const [tag,w,dark,lang] of [['l1280',1280,false],['d390',390,true,'zh-CN'],['d1280',1280,true],['l390',390,false]]) {
  const c=await ctx(w,dark,lang); const p=await c.newPage();
  await p.goto(app+'/login'); await p.screenshot({path:`${out}/login-${tag}.png`});
  await p.fill('input[name=name]','operator'); await p.fill('input[type=password]',tag==='l1280'?pw:'correct horse battery');
  await p.keyboard.press('Enter'); await p.waitForTimeout(2500);
  if(tag==='l1280'){ await p.screenshot({path:`${out}/password-${tag}.png`}); const f=p.locator('input[type=password]'); await f.nth(0).fill(pw); await f.nth(1).fill('correct horse battery'); if(await f.count()>2) await f.nth(2).fill('correct horse battery'); await p.keyboard.press('Enter'); await p.waitForTimeout(2500);}
  await p.goto(app+'/admin/calls'); await p.waitForTimeout(1000); await p.screenshot({path:`${out}/calls-${tag}.png`,fullPage:true});
  await p.goto(app+'/admin/calls?show=missed'); await p.screenshot({path:`${out}/calls-empty-${tag}.png`});
  await p.goto(app+'/admin/calls'); await p.locator('tbody a').first().click(); await p.waitForTimeout(1200); await p.screenshot({path:`${out}/call-${tag}.png`,fullPage:true});
  await c.close();
}
await b.close();
