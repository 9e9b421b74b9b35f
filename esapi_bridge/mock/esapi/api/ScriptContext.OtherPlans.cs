using System.Collections.Generic;
using System.Linq;

namespace VMS.TPS.Common.Model.API
{
    /// <summary>What is open besides plans of photons: nothing, as the database holds none of it.</summary>
    public sealed partial class ScriptContext
    {
        /// <summary>The open plan, if of protons: documented as null where it is another.</summary>
        public IonPlanSetup IonPlanSetup { get { return null; } }

        /// <summary>The open plan, if of brachytherapy: documented as null where it is another.</summary>
        public BrachyPlanSetup BrachyPlanSetup { get { return null; } }

        /// <summary>Plans of protons in the scope window.</summary>
        public IEnumerable<IonPlanSetup> IonPlansInScope { get { return Enumerable.Empty<IonPlanSetup>(); } }

        /// <summary>Plans of brachytherapy in the scope window.</summary>
        public IEnumerable<BrachyPlanSetup> BrachyPlansInScope { get { return Enumerable.Empty<BrachyPlanSetup>(); } }
    }
}
