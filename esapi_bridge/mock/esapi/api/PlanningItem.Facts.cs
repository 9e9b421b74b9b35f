using System.Collections.Generic;
using System.Linq;

namespace VMS.TPS.Common.Model.API
{
    public abstract partial class PlanningItem
    {
        /// <summary>Structures picked in the histogram view: none, as there is no view.</summary>
        public IEnumerable<Structure> StructuresSelectedForDvh
        {
            get { Reading(); return Enumerable.Empty<Structure>(); }
        }
    }
}
