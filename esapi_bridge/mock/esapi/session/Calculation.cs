using System;
namespace EsapiBridge.Mock
{
    internal static class Calculation
    {
        internal static bool Dose(Database database, PlanState plan) { throw new NotImplementedException(); }
        internal static bool LeafMotions(Database database, PlanState plan, LeafMotionOptions options) { throw new NotImplementedException(); }
    }
}
