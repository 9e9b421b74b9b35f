// Names the fields of the open plan after what they do: number, gantry (from-to and sense for arcs), couch where it is turned.
// Set-up fields are named after the gantry alone. Knows nothing of the mock.
using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Runtime.CompilerServices;
using VMS.TPS.Common.Model.API;
using VMS.TPS.Common.Model.Types;

[assembly: ESAPIScript(IsWriteable = true)]

namespace VMS.TPS
{
    public class Script
    {
        [MethodImpl(MethodImplOptions.NoInlining)]
        public void Execute(ScriptContext context)
        {
            if (context.PlanSetup == null)
            {
                throw new ApplicationException("Please open a plan.");
            }
            context.Patient.BeginModifications();
            List<Beam> fields = context.PlanSetup.Beams.OrderBy(b => b.IsSetupField).ThenBy(b => b.BeamNumber).ToList();
            // Two steps: a new name may be the old one of another field.
            for (int n = 0; n < fields.Count; n++)
            {
                fields[n].Id = "tmp" + n.ToString(CultureInfo.InvariantCulture);
            }
            int number = 0;
            foreach (Beam field in fields)
            {
                field.Id = field.IsSetupField ? SetUp(field) : (++number).ToString(CultureInfo.InvariantCulture) + " " + Angles(field);
            }
        }

        private static string SetUp(Beam field)
        {
            double gantry = field.ControlPoints[0].GantryAngle;
            return gantry == 0 ? "SU AP" : gantry == 270 ? "SU RLAT" : gantry == 90 ? "SU LLAT" : "SU G" + Whole(gantry);
        }

        private static string Angles(Beam field)
        {
            ControlPoint first = field.ControlPoints[0], last = field.ControlPoints[field.ControlPoints.Count - 1];
            string gantry = "G" + Whole(first.GantryAngle);
            if (field.GantryDirection != GantryDirection.None)
            {
                gantry += (field.GantryDirection == GantryDirection.Clockwise ? ">" : "<") + Whole(last.GantryAngle);
            }
            double couch = first.PatientSupportAngle;
            return couch == 0 ? gantry : gantry + " T" + Whole(couch);
        }

        private static string Whole(double degrees)
        {
            return Math.Round(degrees).ToString(CultureInfo.InvariantCulture);
        }
    }
}
