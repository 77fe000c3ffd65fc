(function(){var b=document.getElementById("chercher"),m=document.getElementById("mots"),c=document.getElementById("compte"),l=[].slice.call(document.querySelectorAll("#liste>li"));
function f(t){return t.normalize("NFD").replace(/[\u0300-\u036f]/g,"").replace(/œ/g,"oe").replace(/æ/g,"ae").toLowerCase()}
var t=l.map(function(e){return f(e.textContent)});b.hidden=false;
m.addEventListener("input",function(){var w=f(m.value).split(/\s+/).filter(Boolean),n=0;l.forEach(function(e,i){var s=w.every(function(x){return t[i].indexOf(x)>=0});e.hidden=!s;n+=s});c.textContent=w.length?n+" / "+l.length:""})})();
