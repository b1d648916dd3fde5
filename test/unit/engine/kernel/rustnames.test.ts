import assert from 'node:assert/strict'
import {demangleRust, unescapeRust} from '#src/engine/kernel/rustnames.js'

/** Names that rustc 1.95 made, and what c++filt of binutils 2.40 makes of them, without hashes and types of constants. */
const names = {
  _RINvCs6xxl1lAjzDf_1a4genrAAnj2_j3_EB2_: 'a::genr::<[[i128; 2]; 3]>',
  _RINvCs6xxl1lAjzDf_1a4genrThReFG0_RL1_hQL0_TfcEEzEEB2_:
    "a::genr::<(u8, &str, for<'a, 'b> fn(&'a u8, &'b mut (f32, char)) -> !)>",
  _RINvNtCs6xxl1lAjzDf_1a5inner7genericNCNvB4_4mains_0Kce9_Kb1_Kxn5_EB4_:
    "a::inner::generic::<a::main::{closure#1}, 'é', true, -5>",
  _RINvCs6xxl1lAjzDf_1a4genrINtNtCsgEmfK2I1SDS_4core6marker11PhantomDataINtNtCslNYArtu3iFV_5alloc5boxed3BoxDNtNtNtNtBs_4iter6traits8iterator8Iteratorp4ItemhEL_EEEB2_:
    'a::genr::<core::marker::PhantomData<alloc::boxed::Box<dyn core::iter::traits::iterator::Iterator<Item = u8>>>>',
  _RINvMNtCsgEmfK2I1SDS_4core6optionINtB3_6OptionReE11map_or_elseNtNtCslNYArtu3iFV_5alloc6string6StringNCNvNtB12_3fmt6format0NvYeNtNtB12_6borrow7ToOwned8to_ownedECs6xxl1lAjzDf_1a:
    '<core::option::Option<&str>>::map_or_else::<alloc::string::String, alloc::fmt::format::{closure#0}, <str as alloc::borrow::ToOwned>::to_owned>',
  RNvCs6xxl1lAjzDf_1a4main: undefined,
  '_RNvCs6xxl1lAjzDf_1a4main.llvm.1234567': 'a::main',
}

describe('a name of Rust', () => {
  for (const [name, written] of Object.entries(names))
    it(`${name.slice(0, 60)} is ${written?.slice(0, 60)}`, () => assert.equal(demangleRust(name), written))

  it('that is none, or cut anywhere, is told apart', () => {
    for (const name of Object.keys(names)) {
      if (!name.startsWith('_R') || name.includes('.')) continue
      // The last part is the crate that needed it: without it the name is whole.
      const whole = demangleRust(name)
      for (let end = 2; end < name.length; end++) {
        const cut = demangleRust(name.slice(0, end))
        assert.ok(cut === undefined || cut === whole, `${name.slice(0, end)}: ${cut}`)
      }
    }
    for (const name of ['main', '_R', '_RX', '_ZN3foo3barEv', '_RNvB_1a'])
      assert.equal(demangleRust(name), undefined)
  })

  it('that refers to itself ends', () => {
    assert.equal(demangleRust(`_RINvC1a1b${'T'.repeat(100)}EE`), undefined)
    // Each tuple names the one before it twice: 2 to the power of 60 words in the end.
    let [name, before] = ['INvC1a1b', 0]
    for (let n = 0; n < 60; n++) {
      const at = name.length
      const back = `B${before === 0 ? '' : (before - 1).toString(36)}_`
      name += n === 0 ? 'Thh' : `T${back}${back}E`
      if (n === 0) name += 'E'
      before = at
    }
    const began = performance.now()
    assert.equal(demangleRust(`_R${name}E`), undefined)
    assert.ok(performance.now() - began < 1000)
  })

  it('of older compilers is without its hash and escapes', () => {
    assert.equal(
      unescapeRust(
        '_$LT$alloc..vec..Vec$LT$T$C$A$GT$$u20$as$u20$core..ops..drop..Drop$GT$::drop::h0123456789abcdef',
      ),
      '<alloc::vec::Vec<T,A> as core::ops::drop::Drop>::drop',
    )
    assert.equal(
      unescapeRust('std::rt::lang_start::_$u7b$$u7b$closure$u7d$$u7d$::h0123456789abcdef'),
      'std::rt::lang_start::{{closure}}',
    )
    assert.equal(unescapeRust('std::vector<int>::push_back'), 'std::vector<int>::push_back')
  })
})
