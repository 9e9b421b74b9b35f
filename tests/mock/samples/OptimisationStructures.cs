// Optimisation structures as a planner makes them: a ring around the target, the rectum without what is too close to the
// target, and the target kept off the skin. Knows nothing of the mock.
using System;
using System.Linq;
using System.Runtime.CompilerServices;
using VMS.TPS.Common.Model.API;
using VMS.TPS.Common.Model.Types;

[assembly: ESAPIScript(IsWriteable = true)]

namespace VMS.TPS
{
    public class Script
    {
        private const double RingFromMm = 5, RingToMm = 20, RectumGapMm = 4, SkinMm = 3;

        [MethodImpl(MethodImplOptions.NoInlining)]
        public void Execute(ScriptContext context)
        {
            if (context.Patient == null || context.StructureSet == null)
            {
                throw new ApplicationException("Please open a plan with structures.");
            }
            context.Patient.BeginModifications();
            StructureSet set = context.StructureSet;
            Structure target = set.Structures.FirstOrDefault(s => s.DicomType == "PTV" && !s.IsEmpty);
            Structure body = set.Structures.FirstOrDefault(s => s.DicomType == "EXTERNAL");
            Structure rectum = set.Structures.FirstOrDefault(s => s.Id.ToLower() == "rectum");
            if (target == null || body == null || rectum == null)
            {
                throw new ApplicationException("A PTV, the body and the rectum are needed.");
            }
            bool fine = new[] { target, body, rectum }.Any(s => s.IsHighResolution);
            // Volumes of different resolution cannot be combined, and the clinical structures are to stay as they are.
            Structure ptv = Helper(set, "zPTV", target, fine);
            Structure skin = Helper(set, "zBody", body, fine);
            Structure organ = Helper(set, "zRectum", rectum, fine);

            Structure ring = New(set, "CONTROL", "Ring_5-20", fine);
            ring.SegmentVolume = ptv.Margin(RingToMm).Sub(ptv.Margin(RingFromMm)).And(skin);
            Structure spared = New(set, "AVOIDANCE", "Rectum-PTV", fine);
            spared.SegmentVolume = organ.Sub(ptv.Margin(RectumGapMm));
            Structure cropped = New(set, "PTV", "PTV_crop", fine);
            cropped.SegmentVolume = ptv.And(skin.Margin(-SkinMm));
            Structure posterior = New(set, "AVOIDANCE", "Posterior", fine);
            AxisAlignedMargins backwards = new AxisAlignedMargins(StructureMarginGeometry.Outer, 0, 0, 0, 0, 15, 0);
            posterior.SegmentVolume = ptv.AsymmetricMargin(backwards).Sub(ptv);

            foreach (Structure helper in new[] { ptv, skin, organ })
            {
                set.RemoveStructure(helper);
            }
        }

        private static Structure Helper(StructureSet set, string id, Structure source, bool fine)
        {
            Structure helper = New(set, "CONTROL", id, false);
            if (source.IsHighResolution)
            {
                helper.ConvertToHighResolution();
            }
            helper.SegmentVolume = source.SegmentVolume;
            if (fine && helper.CanConvertToHighResolution())
            {
                helper.ConvertToHighResolution();
            }
            return helper;
        }

        private static Structure New(StructureSet set, string type, string id, bool fine)
        {
            Structure old = set.Structures.FirstOrDefault(s => s.Id == id);
            if (old != null)
            {
                set.RemoveStructure(old);
            }
            if (!set.CanAddStructure(type, id))
            {
                throw new ApplicationException("Cannot add " + id + ".");
            }
            Structure added = set.AddStructure(type, id);
            if (fine)
            {
                added.ConvertToHighResolution();
            }
            return added;
        }
    }
}
