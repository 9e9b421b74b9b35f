// Takes the hot spots off the fluences of a copy of the open plan: what is above a share of a field's maximum is cut down to it; then
// leaf motions are calculated. The open plan stays as it is. Knows nothing of the mock.
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
        private const float Share = 0.75f;

        [MethodImpl(MethodImplOptions.NoInlining)]
        public void Execute(ScriptContext context)
        {
            if (context.ExternalPlanSetup == null)
            {
                throw new ApplicationException("Please open a plan of external beams.");
            }
            context.Patient.BeginModifications();
            ExternalPlanSetup copy = (ExternalPlanSetup)context.Course.CopyPlanSetup(context.ExternalPlanSetup);
            copy.Id = "NoHotSpots";
            foreach (Beam field in copy.Beams.Where(b => !b.IsSetupField))
            {
                Fluence fluence = field.GetOptimalFluence();
                if (fluence == null)
                {
                    continue;
                }
                float[,] pixels = fluence.GetPixels();
                float limit = Share * pixels.Cast<float>().Max();
                for (int row = 0; row < fluence.YSizePixel; row++)
                {
                    for (int column = 0; column < fluence.XSizePixel; column++)
                    {
                        pixels[row, column] = Math.Min(pixels[row, column], limit);
                    }
                }
                Fluence edited = new Fluence(pixels, fluence.XOrigin, fluence.YOrigin);
                string fault;
                if (!field.CanSetOptimalFluence(edited, out fault))
                {
                    throw new ApplicationException(field.Id + ": " + fault);
                }
                field.SetOptimalFluence(edited);
            }
            copy.SetCalculationModel(CalculationType.PhotonLeafMotions,
                copy.GetModelsForCalculationType(CalculationType.PhotonLeafMotions).First());
            if (!copy.CalculateLeafMotions(new LMCVOptions(false)).Success)
            {
                string[] lines = copy.Beams.SelectMany(b => b.CalculationLogs).SelectMany(l => l.MessageLines).ToArray();
                throw new ApplicationException("Leaf motions could not be calculated: " + string.Join(" ", lines));
            }
        }
    }
}
